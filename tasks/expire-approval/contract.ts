import * as z from 'zod';
import { purpose } from '../../runbooks/decision';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

export const expireApproval = contract({
  id: 'expire-approval',
  description:
    'Reminds those who were asked, asks others, or ends the question in time; a decision that got there first is followed',
  input: z.strictObject({ incidentId: z.string(), purpose }),
  output: z.strictObject({
    verdict: z.enum(['approved', 'rejected', 'unanswered', 'apply-unanswered', 'waiting']),
    /** How long to wait for the next thing that is due; of no meaning once it is decided. */
    waitSeconds: z.number().int().positive(),
  }),
  errors: [],
  timeoutSeconds: 30,
  permissions: [useStore, ...tellResponders],
});
