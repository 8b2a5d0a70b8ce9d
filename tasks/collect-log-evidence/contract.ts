import * as z from 'zod';
import { contract } from '../contract';
import { readClusters, useStore, writeEvidence } from '../permissions';

export const collectLogEvidence = contract({
  id: 'collect-log-evidence',
  description: 'Keeps what VPC flow logs and the audit log of a cluster have of a node and of the pods under suspicion',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({ entries: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 300,
  // A file of a flow log is unpacked whole; an account that asked for no more has so much.
  memoryMegabytes: 3_008,
  speaksToClusters: true,
  permissions: [
    useStore,
    ...writeEvidence,
    readClusters,
    { actions: ['ec2:DescribeFlowLogs', 'ec2:DescribeInstances', 'ec2:DescribeNetworkInterfaces'], on: ['*'] },
    { actions: ['logs:StartQuery'], on: [`arn:\${Partition}:logs:\${Region}:\${Account}:log-group:*`] },
    { actions: ['s3:ListBucketVersions'], on: ['flow-log-buckets'] },
    { actions: ['s3:GetObject', 's3:GetObjectVersion'], on: ['flow-log-objects'] },
    // A query is named by its id alone: IAM offers nothing narrower.
    { actions: ['logs:GetQueryResults', 'logs:StopQuery'], on: ['*'] },
  ],
});
