import * as z from 'zod';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { readClusters, useStore, writeEvidence } from '../permissions';

export const collectNodeEvidence = contract({
  id: 'collect-node-evidence',
  description: 'Keeps what AWS and Kubernetes know of a node and of the pods under suspicion',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({ entries: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 300,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    readClusters,
    ...readCategories,
    {
      actions: [
        'ec2:DescribeInstanceAttribute',
        'ec2:DescribeVolumes',
        'ec2:GetConsoleOutput',
        'ec2:GetConsoleScreenshot',
      ],
      on: ['*'],
    },
    // Images come from other accounts' registries too.
    { actions: ['ecr:DescribeImages'], on: [`arn:\${Partition}:ecr:\${Region}:*:repository/*`] },
    {
      actions: ['iam:GetRole', 'iam:ListAttachedRolePolicies', 'iam:ListRolePolicies'],
      on: [`arn:\${Partition}:iam::\${Account}:role/*`],
    },
  ],
});
