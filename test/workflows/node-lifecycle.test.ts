import { compilePattern } from '../../replay/event-patterns/pattern';
import type { Json } from '../../runbooks/incident';
import type { Event } from '../../tasks/triage/event';
import { workflows } from '../../workflows/registry';
import { called, delivered } from '../tasks/triage/record';

const routes = workflows.map(({ id, pattern }) => ({
  id,
  pattern: compilePattern(JSON.parse(JSON.stringify(pattern))),
}));
const categoriesOf = (event: Event) => routes.filter(({ pattern }) => pattern.matches(event)).map(({ id }) => id);

const instancesSet = { items: [{ instanceId: 'i-0a10000000000000a' }] };
const moved = { requestId: 'r', instancesSet };
const tagged = (key: string) => ({
  instancesSet: { items: [{ imageId: 'ami-1', minCount: 1, maxCount: 1 }] },
  tagSpecificationSet: {
    items: [
      { resourceType: 'volume', tags: [{ key: 'team', value: 'data' }] },
      {
        resourceType: 'instance',
        tags: [
          { key: 'team', value: 'data' },
          { key, value: 'payments' },
        ],
      },
    ],
  },
});

/** Each call with its namesake's service: who else has, or could have, a call of the name. */
const calls: readonly (readonly [name: string, service: string, request: Json, response: Json])[] = [
  ['TerminateInstances', 'ec2', { instancesSet }, moved],
  ['StopInstances', 'ec2', { instancesSet, force: true }, moved],
  ['RebootInstances', 'ec2', { instancesSet }, { requestId: 'r', _return: true }],
  ['RunInstances', 'ec2', tagged('kubernetes.io/cluster/payments'), moved],
  ['RunInstances', 'ec2', tagged('eks:cluster-name'), moved],
  ['RunInstances', 'ec2', tagged('aws:eks:cluster-name'), moved],
  ['RunInstances', 'ec2', tagged('eks:eks-cluster-name'), moved],
  ['ModifyInstanceAttribute', 'ec2', { instanceId: 'i-1', userData: '<sensitiveDataRemoved>' }, { _return: true }],
  ['ModifyInstanceAttribute', 'ec2', { instanceId: 'i-1', disableApiTermination: { value: false } }, { _return: true }],
  ['ModifyInstanceAttribute', 'ec2', { instanceId: 'i-1', sourceDestCheck: { value: false }, groupSet: {} }, null],
  [
    'ReplaceIamInstanceProfileAssociation',
    'ec2',
    {
      ReplaceIamInstanceProfileAssociationRequest: { AssociationId: 'iip-assoc-1', IamInstanceProfile: { Name: 'x' } },
    },
    null,
  ],
  [
    'ModifyInstanceMetadataOptions',
    'ec2',
    { ModifyInstanceMetadataOptionsRequest: { InstanceId: 'i-1', HttpTokens: 'optional' } },
    null,
  ],
  ['DetachVolume', 'ec2', { volumeId: 'vol-1', force: false }, { volumeId: 'vol-1', instanceId: 'i-1' }],
  [
    'TerminateInstanceInAutoScalingGroup',
    'autoscaling',
    { instanceId: 'i-1', shouldDecrementDesiredCapacity: true },
    null,
  ],
  ['SetDesiredCapacity', 'autoscaling', { autoScalingGroupName: 'nodes', desiredCapacity: 0 }, null],
  ['UpdateAutoScalingGroup', 'autoscaling', { autoScalingGroupName: 'nodes', maxSize: 0 }, null],
  [
    'AssociateIamInstanceProfile',
    'ec2',
    { AssociateIamInstanceProfileRequest: { InstanceId: 'i-1', IamInstanceProfile: { Name: 'administrator' } } },
    null,
  ],
  [
    'DisassociateIamInstanceProfile',
    'ec2',
    { DisassociateIamInstanceProfileRequest: { AssociationId: 'iip-assoc-1' } },
    { DisassociateIamInstanceProfileResponse: { iamInstanceProfileAssociation: { instanceId: 'i-1' } } },
  ],
  [
    'CreateReplaceRootVolumeTask',
    'ec2',
    { CreateReplaceRootVolumeTaskRequest: { InstanceId: 'i-1', ImageId: 'ami-1' } },
    null,
  ],
  ['SetInstanceHealth', 'autoscaling', { instanceId: 'i-1', healthStatus: 'Unhealthy' }, null],
  ['EnterStandby', 'autoscaling', { autoScalingGroupName: 'nodes', instanceIds: ['i-1'] }, null],
  ['DeleteAutoScalingGroup', 'autoscaling', { autoScalingGroupName: 'nodes', forceDelete: true }, null],
  ['DetachInstances', 'autoscaling', { autoScalingGroupName: 'nodes', instanceIds: ['i-1'] }, null],
];

const event = (service: string, name: string, request: Json, response: Json, more: Event['detail'] = {}) => ({
  ...called(name, request, response, { eventSource: `${service}.amazonaws.com`, ...more }),
  source: `aws.${service}`,
});

test.each(calls)('%s of %s is of node-lifecycle and nothing else', (name, service, request, response) => {
  expect(categoriesOf(event(service, name, request, response))).toEqual(['node-lifecycle']);
});

test.each(calls)('%s of another service than %s is of no category', (name, service, request, response) => {
  const others = ['opsworks', 'lightsail', 'application-autoscaling', service === 'ec2' ? 'autoscaling' : 'ec2'];
  for (const other of others) expect(categoriesOf(event(other, name, request, response))).toEqual([]);
});

test.each(calls)('%s of %s that was refused, failed or only tried is of no category', (name, service, request) => {
  for (const errorCode of [
    'Client.UnauthorizedOperation',
    'Client.DryRunOperation',
    'Client.InvalidInstanceID.NotFound',
  ]) {
    expect(categoriesOf(event(service, name, request, null, { errorCode }))).toEqual([]);
  }
});

test.each(calls)('%s of %s by our own role is of no category', (name, service, request, response) => {
  const arn = 'arn:aws:iam::111122223333:role/eks-incident-response/EksIncidentResponse-ApplyChangesRole-1';
  const userIdentity = { type: 'AssumedRole', sessionContext: { sessionIssuer: { arn } } };
  expect(categoriesOf(event(service, name, request, response, { userIdentity }))).toEqual([]);
});

test('a launch whose tags come from a launch template is known by the answer', () => {
  const response = {
    instancesSet: { items: [{ instanceId: 'i-1', tagSet: { items: [{ key: 'eks:cluster-name', value: 'x' }] } }] },
  };
  expect(categoriesOf(event('ec2', 'RunInstances', { instancesSet: {} }, response))).toEqual(['node-lifecycle']);
});

test.each([
  ['a launch without a cluster’s tags', 'RunInstances', tagged('Name'), moved],
  ['a launch without tags', 'RunInstances', { instancesSet: {} }, moved],
  ['a start', 'StartInstances', { instancesSet }, moved],
  ['a new volume', 'CreateVolume', { size: '1' }, { volumeId: 'vol-1' }],
  ['an attached volume', 'AttachVolume', { volumeId: 'vol-1', instanceId: 'i-1' }, null],
  ['a description', 'DescribeInstances', { instancesSet }, null],
] as const)('%s is of no category', (_what, name, request, response) => {
  expect(categoriesOf(event('ec2', name, request, response))).toEqual([]);
});

test('that an instance is well is of no category', () => {
  const well = { instanceId: 'i-1', healthStatus: 'Healthy' };
  expect(categoriesOf(event('autoscaling', 'SetInstanceHealth', well, null))).toEqual([]);
});

test('an instance’s groups are the network’s', () => {
  const request = { instanceId: 'i-1', groupSet: { items: [{ groupId: 'sg-1' }] } };
  expect(categoriesOf(event('ec2', 'ModifyInstanceAttribute', request, { _return: true }))).toEqual(['network-change']);
});

const notice = (type: string, detail: Event['detail'], source = 'aws.ec2') =>
  categoriesOf(delivered(source, type, detail));
const stateChange = 'EC2 Instance State-change Notification';

test.each(['stopping', 'stopped', 'shutting-down', 'terminated'])('an instance that is %s is told of', (state) => {
  expect(notice(stateChange, { 'instance-id': 'i-1', state })).toEqual(['node-lifecycle']);
});

test.each([
  ['an instance that is pending', stateChange, { 'instance-id': 'i-1', state: 'pending' }],
  ['an instance that runs', stateChange, { 'instance-id': 'i-1', state: 'running' }],
  [
    'a Spot warning',
    'EC2 Spot Instance Interruption Warning',
    { 'instance-id': 'i-1', 'instance-action': 'terminate' },
  ],
  ['a rebalance recommendation', 'EC2 Instance Rebalance Recommendation', { 'instance-id': 'i-1' }],
  ['an Auto Scaling notice', 'EC2 Instance Terminate Successful', { EC2InstanceId: 'i-1', StatusCode: 'InProgress' }],
] as const)('%s opens nothing', (_what, type, detail) => {
  expect(notice(type, detail)).toEqual([]);
});

test('a state of another service’s thing opens nothing', () => {
  expect(notice('ECS Container Instance State Change', { state: 'stopped' }, 'aws.ecs')).toEqual([]);
  expect(notice(stateChange, { 'instance-id': 'i-1', state: 'stopped' }, 'my.application')).toEqual([]);
});
