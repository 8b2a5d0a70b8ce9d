import * as z from 'zod';
import { contract } from '../contract';
import { useStore } from '../permissions';

export const requestSnapshots = contract({
  id: 'request-snapshots',
  description: 'Takes one point in time of all volumes of a node, and locks it',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({
    snapshots: z.number().int(),
    problems: z.array(z.string()),
    /** Whether the plan has volatile evidence come before isolation. */
    volatileFirst: z.boolean(),
  }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [
    useStore,
    { actions: ['ec2:DescribeSnapshots'], on: ['*'] },
    {
      actions: ['ec2:CreateSnapshots', 'ec2:CreateTags', 'ec2:LockSnapshot'],
      on: [
        `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
        `arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`,
        `arn:\${Partition}:ec2:\${Region}::snapshot/*`,
      ],
    },
  ],
});
