import * as z from 'zod';
import { purpose } from '../../runbooks/decision';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

/** What a decided question hands back to the machine: by whom and in which words stays in the store. */
export const verdict = z.strictObject({
  /** `extended`: nothing is decided, but there is more time. */
  verdict: z.enum(['approved', 'rejected', 'extended']),
  approvalId: z.string(),
  waitSeconds: z.number().int().positive(),
});

export const requestApproval = contract({
  id: 'request-approval',
  description: 'Shows responders the exact changes and waits for their decision',
  input: z.strictObject({
    incidentId: z.string(),
    purpose,
    changeSetHash: z.string(),
    taskToken: z.string().min(1),
  }),
  output: verdict,
  errors: ['NotApproved', 'AlreadyDecided'],
  timeoutSeconds: 60,
  permissions: [useStore, ...tellResponders],
  waitsForDecision: true,
});
