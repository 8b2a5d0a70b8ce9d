import * as z from 'zod';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

const commandId = z.string();
/** When it is given up, ISO 8601. */
const until = z.string();

/** What is under way on the node, and is looked at again. */
export const progress = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.literal('script'),
    commandId,
    until,
    /** How many events the incident had when it was sent: whatever joins has it run once more, beside what came of this one. */
    events: z.number().int(),
  }),
  z.strictObject({ step: z.literal('memory-waits'), until }),
  z.strictObject({ step: z.literal('memory-is-taken'), commandId, until }),
  z.strictObject({
    step: z.literal('memory-is-uploaded'),
    commandId,
    until,
    /** The command that took it, whose output says of what parts it consists. */
    takenBy: commandId,
    uploadId: z.string(),
    /** How many parts were there before this command. */
    arrived: z.number().int(),
  }),
]);
export type Progress = z.infer<typeof progress>;

export const collectVolatileEvidence = contract({
  id: 'collect-volatile-evidence',
  description: 'Has the agent of a node write down what is lost when it stops, and enters what arrives',
  input: z.strictObject({
    incidentId: z.string(),
    /** Null: nothing has been asked of the node yet. */
    progress: progress.nullable(),
    /** Whether it is collected before the node is isolated, as some plans have it, or beside that. Memory never comes before. */
    when: z.enum(['before-isolation', 'after-isolation']),
    /** Whether this is the last look: what has not arrived then is named. */
    last: z.boolean(),
  }),
  output: z.strictObject({
    state: z.enum(['done', 'pending']),
    progress: progress.nullable(),
    entries: z.number().int(),
  }),
  errors: [],
  timeoutSeconds: 120,
  permissions: [
    useStore,
    ...writeEvidence,
    // Without it S3 says of an object that is not there that nobody may read it.
    { actions: ['s3:ListBucket'], on: ['evidence-bucket'] },
    {
      actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts'],
      on: ['evidence-objects'],
    },
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
        `arn:\${Partition}:ssm:\${Region}::document/AWS-RunPowerShellScript`,
        `arn:\${Partition}:ssm:\${Region}::document/AWS-RunShellScript`,
      ],
    },
    { actions: ['ssm:CancelCommand'], on: ['*'] },
  ],
});
