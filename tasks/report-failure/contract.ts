import * as z from 'zod';
import { actions } from '../actions/registry';
import { contract } from '../contract';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const reportFailure = contract({
  id: 'report-failure',
  description: 'Closes an incident that its machine could not carry through, keeps what there is, and calls a human',
  input: z.strictObject({
    /** Null where it failed before there was an incident. */
    incidentId: z.string().nullable(),
    executionArn: z.string(),
    error: z.string(),
    cause: z.string(),
    /** What the execution was started with; null where that is not known. */
    input: z.unknown(),
  }),
  output: z.strictObject({ told: z.boolean() }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [
    useStore,
    ...writeEvidence,
    ...tellResponders,
    { actions: ['kms:Sign'], on: ['sealing-key'] },
    ...actions.flatMap(({ permissions }) => permissions.read),
  ],
});
