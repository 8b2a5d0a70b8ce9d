import * as z from 'zod';
import { severity } from '../../runbooks/incident';
import { nodeForensicsRequest } from '../../runbooks/node-forensics';
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
    /**
     * The nodes that are to be preserved and isolated. The same request always has the same execution's name: 80
     * characters at most, of those that Step Functions takes.
     */
    nodes: z.array(z.strictObject({ execution: z.string().max(80), request: nodeForensicsRequest })).max(20),
  }),
  errors: [],
  timeoutSeconds: 60,
  speaksToClusters: true,
  permissions: [useStore, ...writeEvidence, ...tellResponders, ...readCategories],
});
