import * as z from 'zod';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { readClusters, readPostures } from '../permissions';

/** Rules that AWS Config has none of its own for, by the parameter that says which is meant. */
export const complianceCheck = z.enum(['failed-update', 'unapproved-version', 'security-group-minimum']);
export type ComplianceCheck = z.infer<typeof complianceCheck>;

export const evaluateCompliance = contract({
  id: 'evaluate-compliance',
  description:
    'Judges clusters and their security groups for AWS Config, by the same logic that incidents are judged by',
  /** As Config invokes a custom rule: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html */
  input: z.looseObject({
    /** JSON with `notificationCreationTime`. */
    invokingEvent: z.string(),
    /** JSON with `check`. */
    ruleParameters: z.string(),
    resultToken: z.string(),
  }),
  output: z.strictObject({ compliant: z.number().int(), nonCompliant: z.number().int() }),
  errors: [],
  timeoutSeconds: 300,
  permissions: [readClusters, readPostures, ...readCategories, { actions: ['config:PutEvaluations'], on: ['*'] }],
});
