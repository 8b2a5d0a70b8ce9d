import type { Permission } from '../permission';

/** What of nodes and their groups is read: IAM offers nothing narrower than `*` for Describe calls. */
export const readNodesAndGroups: Permission = {
  actions: [
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:DescribeScalingActivities',
    'ec2:DescribeIamInstanceProfileAssociations',
    'ec2:DescribeInstanceAttribute',
    'ec2:DescribeInstances',
    'ec2:DescribeVolumes',
  ],
  on: ['*'],
};

export const lookUpCalls: Permission = { actions: ['cloudtrail:LookupEvents'], on: ['*'] };

export function writeInstance(...calls: readonly string[]): Permission {
  return {
    actions: calls.map((call) => `ec2:${call}` as const),
    on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`],
  };
}

export function writeScalingGroup(...calls: readonly string[]): Permission {
  return {
    actions: calls.map((call) => `autoscaling:${call}` as const),
    on: [`arn:\${Partition}:autoscaling:\${Region}:\${Account}:autoScalingGroup:*:autoScalingGroupName/*`],
  };
}
