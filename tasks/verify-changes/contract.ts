import * as z from 'zod';
import { purpose } from '../../runbooks/decision';
import { actions } from '../actions/registry';
import { contract } from '../contract';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const verifyChanges = contract({
  id: 'verify-changes',
  description: 'Looks whether what was applied stands',
  input: z.strictObject({
    incidentId: z.string(),
    purpose,
    changeSetHash: z.string(),
    /** Whether this is the last look: what is still pending then has failed. */
    last: z.boolean(),
  }),
  output: z.strictObject({ state: z.enum(['done', 'pending', 'failed']) }),
  errors: [],
  timeoutSeconds: 120,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    ...tellResponders,
    ...actions.flatMap(({ permissions }) => permissions.read),
  ],
});
