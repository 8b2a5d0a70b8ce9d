import * as z from 'zod';
import { incidentOutcome } from '../../runbooks/incident';
import { contract } from '../contract';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const closeIncident = contract({
  id: 'close-incident',
  description: 'Seals the evidence and closes the incident, unless events have joined that nobody has judged',
  input: z.strictObject({
    incidentId: z.string(),
    /** Whether it must end now: what joined since is named in the record and told to responders. */
    last: z.boolean(),
  }),
  output: z.strictObject({ closed: z.boolean(), outcome: incidentOutcome.nullable() }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [useStore, ...writeEvidence, ...tellResponders, { actions: ['kms:Sign'], on: ['sealing-key'] }],
});
