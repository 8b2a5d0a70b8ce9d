import * as z from 'zod';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

export const followNodes = contract({
  id: 'follow-nodes',
  description: 'Looks how far the nodes of an incident have come that are being preserved and isolated',
  input: z.strictObject({
    incidentId: z.string(),
    /** The executions of node-forensics that were started for it, by their names. */
    executions: z.array(z.string()),
    /** Whether an event that joined since the decision is a reason to judge again. */
    mayJudgeAgain: z.boolean(),
    /** How many looks there were before this one, and whether it is the last. */
    looks: z.number().int().nonnegative(),
    last: z.boolean(),
  }),
  output: z.strictObject({
    /** `outdated`: an event has joined that nobody has judged. */
    state: z.enum(['pending', 'done', 'outdated']),
  }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [useStore, ...tellResponders],
});
