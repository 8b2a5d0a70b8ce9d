import type { Resource } from '../../../runbooks/incident';
import type { Event } from '../../../tasks/triage/event';
import { subjectsOf } from '../../../tasks/triage/subjects';
import { called, delivered } from './record';

const from = (service: string) => ({ eventSource: `${service}.amazonaws.com` });

const cases: [string, Event, (readonly [type: string, id: string])[]][] = [
  ['a group by its id', called('AuthorizeSecurityGroupIngress', { groupId: 'sg-1' }), [['EC2::SecurityGroup', 'sg-1']]],
  [
    'a group by its name',
    called(
      'AuthorizeSecurityGroupIngress',
      { groupName: 'web' },
      { securityGroupRuleSet: { items: [{ groupId: 'sg-1' }] } },
    ),
    [['EC2::SecurityGroup', 'sg-1']],
  ],
  [
    'a created group',
    called('CreateSecurityGroup', { vpcId: 'vpc-1' }, { groupId: 'sg-1' }),
    [['EC2::SecurityGroup', 'sg-1']],
  ],
  [
    'a created network ACL',
    called('CreateNetworkAcl', { vpcId: 'vpc-1' }, { networkAcl: { networkAclId: 'acl-1', vpcId: 'vpc-1' } }),
    [['EC2::NetworkAcl', 'acl-1']],
  ],
  [
    'a prefix list, in PascalCase',
    called('ModifyManagedPrefixList', { ModifyManagedPrefixListRequest: { PrefixListId: 'pl-1' } }),
    [['EC2::PrefixList', 'pl-1']],
  ],
  [
    'an interface, not the groups that it was given',
    called('ModifyNetworkInterfaceAttribute', {
      networkInterfaceId: 'eni-1',
      groupSet: { items: [{ groupId: 'sg-1' }] },
    }),
    [['EC2::NetworkInterface', 'eni-1']],
  ],
  [
    'launched instances, which only the response names',
    called(
      'RunInstances',
      { subnetId: 'subnet-1' },
      { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } },
    ),
    [
      ['EC2::Instance', 'i-1'],
      ['EC2::Instance', 'i-2'],
    ],
  ],
  [
    'stopped instances, once each',
    called(
      'StopInstances',
      { instancesSet: { items: [{ instanceId: 'i-1' }] } },
      { instancesSet: { items: [{ instanceId: 'i-1' }] } },
    ),
    [['EC2::Instance', 'i-1']],
  ],
  ['a VPC where nothing narrower is named', called('DeleteVpc', { vpcId: 'vpc-1' }), [['EC2::VPC', 'vpc-1']]],
  ['a cluster', called('CreateCluster', { name: 'prod' }, null, from('eks')), [['EKS::Cluster', 'prod']]],
  [
    'a cluster as old records name it',
    called('DeleteCluster', { clusterName: 'prod' }, null, from('eks')),
    [['EKS::Cluster', 'prod']],
  ],
  [
    'a cluster by its ARN, percent-encoded',
    called(
      'AssociateAccessPolicy',
      { name: 'arn%3Aaws-cn%3Aeks%3Acn-north-1%3A1%3Acluster%2Fpayments' },
      null,
      from('eks'),
    ),
    [['EKS::Cluster', 'payments']],
  ],
  [
    'a node group, percent-encoded',
    called('DeleteNodegroup', { name: 'a%20b', nodegroupName: 'workers' }, null, from('eks')),
    [
      ['EKS::Cluster', 'a b'],
      ['EKS::Nodegroup', 'a b/workers'],
    ],
  ],
  ["another service's cluster: none of ours", called('CreateCluster', { clusterName: 'x' }, null, from('ecs')), []],
  [
    'what CloudTrail lists',
    called('AssumeRole', {}, null, {
      ...from('sts'),
      resources: [{ type: 'AWS::IAM::Role', ARN: 'arn:aws:iam::1:role/a/admin' }],
    }),
    [['IAM::Role', 'admin']],
  ],
  [
    'an instance that changed its state',
    delivered('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': 'i-1', state: 'terminated' }),
    [['EC2::Instance', 'i-1']],
  ],
  [
    "a finding in EventBridge's case",
    delivered('aws.guardduty', 'GuardDuty Finding', {
      resource: {
        eksClusterDetails: { name: 'prod' },
        instanceDetails: { instanceId: 'i-1' },
        kubernetesWorkloadDetails: null,
      },
    }),
    [
      ['EKS::Cluster', 'prod'],
      ['EC2::Instance', 'i-1'],
    ],
  ],
  [
    "a finding in the API's case",
    delivered('aws.guardduty', 'GuardDuty Finding', { Resource: { EksClusterDetails: { Name: 'prod' } } }),
    [['EKS::Cluster', 'prod']],
  ],
  [
    "what a sequence of attacks spans, in the API's case",
    delivered('aws.guardduty', 'GuardDuty Finding', {
      Service: {
        Detection: {
          Sequence: {
            Resources: [
              { ResourceType: 'EKS_CLUSTER', Uid: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod' },
              { ResourceType: 'EC2_INSTANCE', Uid: 'i-1' },
              { ResourceType: 'constructor', Uid: 'x' },
            ],
          },
        },
      },
    }),
    [
      ['EKS::Cluster', 'prod'],
      ['EC2::Instance', 'i-1'],
    ],
  ],
  [
    'what Config judged',
    delivered('aws.config', 'Config Rules Compliance Change', {
      resourceType: 'AWS::EKS::Cluster',
      resourceId: 'prod',
    }),
    [['EKS::Cluster', 'prod']],
  ],
  [
    'a cluster that Config names by its ARN',
    delivered('aws.config', 'Config Rules Compliance Change', {
      resourceType: 'AWS::EKS::Cluster',
      resourceId: 'arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod',
    }),
    [['EKS::Cluster', 'prod']],
  ],
  [
    'an instance with a vulnerability',
    delivered('aws.inspector2', 'Inspector2 Finding', { resources: [{ type: 'AWS_EC2_INSTANCE', id: 'i-1' }] }),
    [['EC2::Instance', 'i-1']],
  ],
  ['nothing in a scheduled event', delivered('aws.events', 'Scheduled Event', {}), []],
  ['nothing in a broken record', called('RunInstances', ['x'], 'y'), []],
];

it.each(cases)('names %s', (_told, event, expected) => {
  expect(subjectsOf(event)).toEqual(expected.map(([type, id]): Resource => ({ type: `AWS::${type}`, id })));
});
