import { z } from 'zod';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

export const collectContext = contract({
  id: 'collect-context',
  description:
    'Looks up what else the same actor did, what else was done to the same resources, and how old the key is that was used',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({ calls: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  // LookupEvents allows two calls a second: 20 calls at most take 10 s, and as long again when throttled.
  timeoutSeconds: 60,
  permissions: [
    useStore,
    ...writeEvidence,
    { actions: ['cloudtrail:LookupEvents'], on: ['*'] },
    { actions: ['iam:ListAccessKeys'], on: [`arn:\${Partition}:iam::\${Account}:user/*`] },
  ],
});
