import { z } from 'zod';
import { purpose } from '../../runbooks/decision';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

export const expireApproval = contract({
  id: 'expire-approval',
  description: 'Ends a question that nobody answered in time, unless a decision got there first: then that is followed',
  input: z.strictObject({ incidentId: z.string(), purpose }),
  output: z.strictObject({ verdict: z.enum(['approved', 'rejected', 'unanswered', 'apply-unanswered']) }),
  errors: [],
  timeoutSeconds: 30,
  permissions: [useStore, ...tellResponders],
});
