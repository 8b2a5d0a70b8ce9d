import * as z from 'zod';
import { severity } from '../../runbooks/incident';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { tellResponders, useStore, writeEvidence } from '../permissions';

export const decide = contract({
  id: 'decide',
  description: 'Judges the incident as it is now by the incident response plan',
  input: z.strictObject({
    incidentId: z.string(),
    /** What could not be collected, by error name. */
    problems: z.array(z.string()),
  }),
  output: z.strictObject({
    ruleId: z.string(),
    severity,
    protect: z.enum(['never', 'approval', 'automatic']),
    contain: z.enum(['never', 'approval', 'automatic']),
    expel: z.enum(['never', 'approval', 'automatic']),
    remediate: z.enum(['never', 'approval', 'automatic']),
  }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [useStore, ...writeEvidence, ...tellResponders, ...readCategories],
});
