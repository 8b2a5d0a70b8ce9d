import * as z from 'zod';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

export const collectContext = contract({
  id: 'collect-context',
  description:
    'Looks up what else the same actor did, what else was done to the same resources, and how old the key is that was used',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({
    calls: z.number().int(),
    problems: z.array(z.string()),
    /** Whether it is known who stands behind every event: false where CloudTrail may know more in a while. */
    attributed: z.boolean(),
  }),
  errors: [],
  // LookupEvents allows two calls a second: 20 calls at most take 10 s, and as long again when throttled.
  timeoutSeconds: 60,
  permissions: [
    useStore,
    ...writeEvidence,
    ...readCategories,
    { actions: ['cloudtrail:LookupEvents'], on: ['*'] },
    { actions: ['guardduty:ListDetectors'], on: ['*'] },
    { actions: ['guardduty:ListFindings'], on: [`arn:\${Partition}:guardduty:\${Region}:\${Account}:detector/*`] },
    { actions: ['iam:ListAccessKeys'], on: [`arn:\${Partition}:iam::\${Account}:user/*`] },
  ],
});
