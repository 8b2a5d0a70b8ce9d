import type { Permission } from './permission';
import { ownSource } from './triage/event';

/** Rights that several tasks share, each said once. */

export const useStore: Permission = {
  actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
  on: ['incident-table'],
};

export const writeEvidence: readonly Permission[] = [
  { actions: ['s3:PutObject', 's3:PutObjectRetention'], on: ['evidence-objects'] },
  { actions: ['kms:GenerateDataKey', 'kms:Decrypt'], on: ['evidence-key'] },
];

export const tellResponders: readonly Permission[] = [
  { actions: ['secretsmanager:GetSecretValue'], on: ['slack-secret'] },
  { actions: ['sns:Publish'], on: ['fallback-topic'] },
];

/** EC2's and EKS's Describe calls take no resource: IAM offers nothing narrower than `*`. */
export const readNetwork: Permission = {
  actions: [
    'ec2:DescribeInstances',
    'ec2:DescribeManagedPrefixLists',
    'ec2:DescribeNetworkAcls',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroupRules',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSecurityGroupVpcAssociations',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
    'ec2:GetManagedPrefixListEntries',
  ],
  on: ['*'],
};

export const readClusters: Permission = { actions: ['eks:ListClusters', 'eks:DescribeCluster'], on: ['*'] };

export const readConfigHistory: Permission = { actions: ['config:GetResourceConfigHistory'], on: ['*'] };

/** What a node is: its image, its volumes, its role and whoever else has it. */
export const readNodes: readonly Permission[] = [
  {
    actions: ['ec2:DescribeInstances', 'ec2:DescribeImages', 'ec2:DescribeVolumes', 'ec2:GetConsoleOutput'],
    on: ['*'],
  },
  { actions: ['iam:GetInstanceProfile'], on: [`arn:\${Partition}:iam::\${Account}:instance-profile/*`] },
];

/** Findings as they stand now, whoever archived or repeated them since. */
export const readFindings: Permission = {
  actions: ['guardduty:GetFindings'],
  on: [`arn:\${Partition}:guardduty:\${Region}:\${Account}:detector/*`],
};

/** What a cluster is configured to, and how its updates went. */
export const readPostures: Permission = {
  actions: ['eks:DescribeCluster', 'eks:ListNodegroups', 'eks:ListUpdates', 'eks:DescribeUpdate'],
  on: ['*'],
};

/** Events under our own name, and under no other. */
export const putOwnEvents: Permission = {
  actions: ['events:PutEvents'],
  on: [`arn:\${Partition}:events:\${Region}:\${Account}:event-bus/default`],
  conditions: { StringEquals: { 'events:source': ownSource } },
};
