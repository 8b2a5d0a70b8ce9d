import * as z from 'zod';

/** What speaks for a principal being in other hands than its own. None of them proves it; plans count them. */
export const actorSign = z.enum(['new-source-address', 'no-mfa', 'denied-calls', 'guardduty-finding']);
export type ActorSign = z.infer<typeof actorSign>;
