import * as z from 'zod';
import { purpose } from '../../runbooks/decision';
import { actions } from '../actions/registry';
import { contract } from '../contract';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const applyChanges = contract({
  id: 'apply-changes',
  description:
    'Makes exactly the changes that were decided upon, if the world still is as it was when they were proposed',
  input: z.strictObject({ incidentId: z.string(), purpose, changeSetHash: z.string() }),
  /** `waiting`: changes whose time has not come; the task is run again for them. */
  output: z.strictObject({ applied: z.number().int(), waiting: z.number().int(), failed: z.number().int() }),
  errors: ['WorldChanged', 'NotApproved'],
  timeoutSeconds: 300,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    { actions: ['kms:Sign'], on: ['sealing-key'] },
    ...tellResponders,
    ...actions.flatMap(({ permissions }) => [...permissions.read, ...permissions.write]),
  ],
});
