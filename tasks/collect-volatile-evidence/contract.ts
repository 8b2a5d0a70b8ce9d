import { z } from 'zod';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

export const collectVolatileEvidence = contract({
  id: 'collect-volatile-evidence',
  description: 'Has the agent of a node write down what is lost when it stops, and enters what arrives',
  input: z.strictObject({
    incidentId: z.string(),
    /** The command of Systems Manager that is under way; null: none has been sent. */
    commandId: z.string().nullable(),
    /** Whether it is collected before the node is isolated, as some plans have it, or beside that. */
    when: z.enum(['before-isolation', 'after-isolation']),
    /** Whether this is the last look: what has not arrived then is named. */
    last: z.boolean(),
  }),
  output: z.strictObject({
    state: z.enum(['done', 'pending']),
    commandId: z.string().nullable(),
    entries: z.number().int(),
  }),
  errors: [],
  timeoutSeconds: 120,
  permissions: [
    useStore,
    ...writeEvidence,
    { actions: ['s3:GetObject'], on: ['evidence-objects'] },
    {
      actions: [
        'ec2:DescribeImages',
        'ec2:DescribeInstances',
        'ssm:DescribeInstanceInformation',
        'ssm:GetCommandInvocation',
      ],
      on: ['*'],
    },
    {
      actions: ['ssm:SendCommand'],
      on: [
        `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
        `arn:\${Partition}:ssm:\${Region}::document/AWS-RunShellScript`,
      ],
    },
    { actions: ['ssm:CancelCommand'], on: ['*'] },
  ],
});
