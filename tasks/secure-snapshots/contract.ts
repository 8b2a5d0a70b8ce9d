import * as z from 'zod';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

const volumeKeys = `arn:\${Partition}:kms:\${Region}:\${Account}:key/*` as const;
/** Grants that EC2 makes for itself, and no others. */
const forResources = { Bool: { 'kms:GrantIsForAWSResource': 'true' } };

export const secureSnapshots = contract({
  id: 'secure-snapshots',
  description:
    'Waits for the snapshots of a node, copies them under the evidence key, locks the copies and enters them all',
  input: z.strictObject({
    incidentId: z.string(),
    /** Whether this is the last look: what is not complete then is named. */
    last: z.boolean(),
  }),
  output: z.strictObject({ state: z.enum(['done', 'pending']), snapshots: z.number().int() }),
  errors: [],
  timeoutSeconds: 120,
  permissions: [
    useStore,
    ...writeEvidence,
    { actions: ['ec2:DescribeSnapshots'], on: ['*'] },
    {
      actions: ['ec2:CopySnapshot', 'ec2:CreateTags', 'ec2:LockSnapshot'],
      on: [`arn:\${Partition}:ec2:\${Region}::snapshot/*`],
    },
    // What EC2 asks of the key in the copier's name: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
    {
      actions: ['kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
      on: ['evidence-key'],
    },
    { actions: ['kms:CreateGrant'], on: ['evidence-key'], conditions: forResources },
    // And of the keys under which the volumes lie, by EC2 alone. What such a key's own policy forbids stays forbidden.
    {
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'],
      on: [volumeKeys],
      conditions: { StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } },
    },
    { actions: ['kms:CreateGrant'], on: [volumeKeys], conditions: forResources },
  ],
});
