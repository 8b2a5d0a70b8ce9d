import * as z from 'zod';

/** What Slack gave the app at its installation. */
export interface SlackSecrets {
  readonly botToken: string;
  /** The present signing secret, then the previous one while a rotation is under way. */
  readonly signingSecrets: readonly string[];
}

const document = z.object({
  botToken: z.string().min(1),
  signingSecret: z.string().min(1),
  previousSigningSecret: z.string().min(1).optional(),
});

/** A rotated secret is used within a minute, without a deployment. */
const keepMs = 60_000;

/** Reads the secret, a JSON document with `botToken`, `signingSecret` and, while it is rotated, `previousSigningSecret`. */
export function readSlackSecrets(secret: () => Promise<string>, now: () => Date): () => Promise<SlackSecrets> {
  let kept: { readonly until: number; readonly secrets: SlackSecrets } | undefined;
  return async () => {
    if (kept !== undefined && now().getTime() < kept.until) return kept.secrets;
    const { botToken, signingSecret, previousSigningSecret } = document.parse(JSON.parse(await secret()));
    const signingSecrets = [signingSecret, ...(previousSigningSecret === undefined ? [] : [previousSigningSecret])];
    kept = { until: now().getTime() + keepMs, secrets: { botToken, signingSecrets } };
    return kept.secrets;
  };
}
