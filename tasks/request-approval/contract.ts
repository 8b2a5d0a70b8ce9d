import { z } from 'zod';
import { purpose } from '../../runbooks/decision';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

/** What a decided question hands back to the machine: by whom and in which words stays in the store. */
export const verdict = z.strictObject({ verdict: z.enum(['approved', 'rejected']), approvalId: z.string() });

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
  errors: [],
  timeoutSeconds: 30,
  permissions: [useStore, ...tellResponders],
  waitsForDecision: true,
});
