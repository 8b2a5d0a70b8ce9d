import type { Json } from '../../../../runbooks/incident';
import type { NodeEventFacts } from '../../../../runbooks/node-lifecycle';
import { nodeLifecycleReader } from '../../../../tasks/categories/node-lifecycle/reader';
import { called, delivered } from '../../triage/record';

const read = (name: string, request: Json, response: Json = null, service = 'ec2', more = {}) =>
  nodeLifecycleReader.read(called(name, request, response, { eventSource: `${service}.amazonaws.com`, ...more }));

const set = (...ids: string[]) => ({ items: ids.map((instanceId) => ({ instanceId })) });

/** What each record says; facts that are not named are empty. */
const table: readonly (readonly [string, Json, Json, string, Partial<NodeEventFacts>])[] = [
  [
    'TerminateInstances',
    { instancesSet: set('i-1', 'i-2') },
    { instancesSet: set('i-1', 'i-2') },
    'ec2',
    { act: 'terminate', instanceIds: ['i-1', 'i-2'] },
  ],
  [
    'StopInstances',
    { instancesSet: set('i-1'), force: true },
    { instancesSet: set('i-1') },
    'ec2',
    { act: 'stop', instanceIds: ['i-1'] },
  ],
  ['RebootInstances', { instancesSet: set('i-1') }, { _return: true }, 'ec2', { act: 'reboot', instanceIds: ['i-1'] }],
  [
    'RunInstances',
    {
      instancesSet: { items: [{ imageId: 'ami-1', minCount: 1, maxCount: 1 }] },
      iamInstanceProfile: { name: 'administrator' },
      metadataOptions: { httpTokens: 'optional' },
      tagSpecificationSet: {
        items: [{ resourceType: 'instance', tags: [{ key: 'kubernetes.io/cluster/payments', value: 'owned' }] }],
      },
    },
    { instancesSet: set('i-9') },
    'ec2',
    { act: 'launch', instanceIds: ['i-9'], cluster: 'payments', instanceProfile: 'administrator', weakens: ['imdsv2'] },
  ],
  [
    'RunInstances',
    { instancesSet: {}, launchTemplate: { launchTemplateId: 'lt-1' } },
    {
      instancesSet: {
        items: [{ instanceId: 'i-9', tagSet: { items: [{ key: 'eks:cluster-name', value: 'payments' }] } }],
      },
    },
    'ec2',
    { act: 'launch', instanceIds: ['i-9'], cluster: 'payments' },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', userData: '<sensitiveDataRemoved>' },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['userData'], weakens: ['user-data'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', disableApiTermination: { value: false } },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['disableApiTermination'], weakens: ['termination-protection'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', disableApiTermination: { value: true } },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['disableApiTermination'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', attribute: 'disableApiTermination', value: 'false' },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['disableApiTermination'], weakens: ['termination-protection'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', sourceDestCheck: { value: false } },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['sourceDestCheck'], weakens: ['source-destination-check'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', instanceInitiatedShutdownBehavior: { value: 'terminate' } },
    { _return: true },
    'ec2',
    {
      act: 'modify',
      instanceIds: ['i-1'],
      attributes: ['instanceInitiatedShutdownBehavior'],
      weakens: ['shutdown-behavior'],
    },
  ],
  [
    'ModifyInstanceAttribute',
    {
      instanceId: 'i-1',
      blockDeviceMapping: { items: [{ deviceName: '/dev/xvdb', ebs: { deleteOnTermination: true } }] },
    },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['blockDeviceMapping'], weakens: ['volume-retention'] },
  ],
  [
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', instanceType: { value: 'm7g.2xlarge' } },
    { _return: true },
    'ec2',
    { act: 'modify', instanceIds: ['i-1'], attributes: ['instanceType'] },
  ],
  [
    'ModifyInstanceMetadataOptions',
    {
      ModifyInstanceMetadataOptionsRequest: { InstanceId: 'i-1', HttpTokens: 'optional', HttpPutResponseHopLimit: 64 },
    },
    { ModifyInstanceMetadataOptionsResponse: { instanceId: 'i-1' } },
    'ec2',
    {
      act: 'modify-metadata-options',
      instanceIds: ['i-1'],
      attributes: ['httpPutResponseHopLimit', 'httpTokens'],
      weakens: ['imdsv2', 'metadata-hop-limit'],
    },
  ],
  [
    'ModifyInstanceMetadataOptions',
    { ModifyInstanceMetadataOptionsRequest: { InstanceId: 'i-1', HttpTokens: 'required' } },
    null,
    'ec2',
    { act: 'modify-metadata-options', instanceIds: ['i-1'], attributes: ['httpTokens'] },
  ],
  [
    'ReplaceIamInstanceProfileAssociation',
    {
      ReplaceIamInstanceProfileAssociationRequest: {
        AssociationId: 'iip-assoc-1',
        IamInstanceProfile: { Name: 'administrator' },
      },
    },
    {
      ReplaceIamInstanceProfileAssociationResponse: {
        iamInstanceProfileAssociation: { associationId: 'iip-assoc-2', instanceId: 'i-1' },
      },
    },
    'ec2',
    { act: 'replace-profile', instanceIds: ['i-1'], instanceProfile: 'administrator', weakens: ['instance-profile'] },
  ],
  [
    'AssociateIamInstanceProfile',
    {
      AssociateIamInstanceProfileRequest: {
        IamInstanceProfile: { Arn: 'arn:aws:iam::1:instance-profile/x' },
        InstanceId: 'i-1',
      },
    },
    {
      AssociateIamInstanceProfileResponse: {
        iamInstanceProfileAssociation: { associationId: 'iip-assoc-1', instanceId: 'i-1', state: 'associating' },
      },
    },
    'ec2',
    {
      act: 'associate-profile',
      instanceIds: ['i-1'],
      instanceProfile: 'arn:aws:iam::1:instance-profile/x',
      weakens: ['instance-profile'],
    },
  ],
  [
    'DisassociateIamInstanceProfile',
    { DisassociateIamInstanceProfileRequest: { AssociationId: 'iip-assoc-1' } },
    {
      DisassociateIamInstanceProfileResponse: {
        iamInstanceProfileAssociation: {
          associationId: 'iip-assoc-1',
          instanceId: 'i-1',
          iamInstanceProfile: { arn: 'arn:aws:iam::1:instance-profile/x' },
          state: 'disassociating',
        },
      },
    },
    'ec2',
    { act: 'disassociate-profile', instanceIds: ['i-1'], weakens: ['instance-profile'] },
  ],
  [
    'CreateReplaceRootVolumeTask',
    { CreateReplaceRootVolumeTaskRequest: { InstanceId: 'i-1', ImageId: 'ami-1', DeleteReplacedRootVolume: true } },
    {
      CreateReplaceRootVolumeTaskResponse: {
        replaceRootVolumeTask: { replaceRootVolumeTaskId: 'replacevol-1', instanceId: 'i-1', taskState: 'pending' },
      },
    },
    'ec2',
    { act: 'replace-root-volume', instanceIds: ['i-1'], weakens: ['root-volume'] },
  ],
  [
    'SetInstanceHealth',
    { instanceId: 'i-1', healthStatus: 'Unhealthy', shouldRespectGracePeriod: false },
    null,
    'autoscaling',
    { act: 'mark-unhealthy', instanceIds: ['i-1'] },
  ],
  [
    'EnterStandby',
    { autoScalingGroupName: 'nodes', instanceIds: ['i-1'], shouldDecrementDesiredCapacity: true },
    { activities: [{ activityId: 'a' }] },
    'autoscaling',
    { act: 'enter-standby', instanceIds: ['i-1'], autoScalingGroup: 'nodes', decrementsCapacity: true },
  ],
  [
    'DeleteAutoScalingGroup',
    { autoScalingGroupName: 'nodes', forceDelete: true },
    null,
    'autoscaling',
    { act: 'delete-group', autoScalingGroup: 'nodes', desiredCapacity: 0 },
  ],
  [
    'DetachVolume',
    { volumeId: 'vol-1', force: false },
    { volumeId: 'vol-1', instanceId: 'i-1', device: '/dev/xvdb', status: 'detaching' },
    'ec2',
    { act: 'detach-volume', instanceIds: ['i-1'], volumeIds: ['vol-1'] },
  ],
  [
    'TerminateInstanceInAutoScalingGroup',
    { instanceId: 'i-1', shouldDecrementDesiredCapacity: true },
    { activity: { activityId: 'a', autoScalingGroupName: 'nodes' } },
    'autoscaling',
    { act: 'terminate-in-group', instanceIds: ['i-1'], autoScalingGroup: 'nodes', decrementsCapacity: true },
  ],
  [
    'SetDesiredCapacity',
    { autoScalingGroupName: 'nodes', desiredCapacity: 0, honorCooldown: false },
    null,
    'autoscaling',
    { act: 'set-capacity', autoScalingGroup: 'nodes', attributes: ['desiredCapacity'], desiredCapacity: 0 },
  ],
  [
    'UpdateAutoScalingGroup',
    { autoScalingGroupName: 'nodes', minSize: 0, desiredCapacity: 1 },
    null,
    'autoscaling',
    { act: 'update-group', autoScalingGroup: 'nodes', attributes: ['desiredCapacity', 'minSize'], desiredCapacity: 1 },
  ],
  [
    'DetachInstances',
    { autoScalingGroupName: 'nodes', instanceIds: ['i-1', 'i-2'], shouldDecrementDesiredCapacity: false },
    { activities: [{ activityId: 'a' }] },
    'autoscaling',
    { act: 'detach-from-group', instanceIds: ['i-1', 'i-2'], autoScalingGroup: 'nodes', decrementsCapacity: false },
  ],
];

const nothing: NodeEventFacts = {
  act: null,
  state: null,
  stateReason: null,
  instanceIds: [],
  volumeIds: [],
  autoScalingGroup: null,
  cluster: null,
  attributes: [],
  weakens: [],
  instanceProfile: null,
  desiredCapacity: null,
  decrementsCapacity: null,
};

test.each(table)('%s %j', (name, request, response, service, facts) => {
  expect(read(name, request, response, service).facts).toEqual({ ...nothing, ...facts });
});

test.each(table)(
  '%s %j names its subjects',
  (name, request, response, service, { instanceIds, volumeIds, autoScalingGroup }) => {
    const ids = read(name, request, response, service).subjects.map(({ id }) => id);
    const wanted = [
      ...(instanceIds ?? []),
      ...(volumeIds ?? []),
      ...(autoScalingGroup == null ? [] : [autoScalingGroup]),
    ];
    expect([...ids].sort()).toEqual([...wanted].sort());
  },
);

test.each(table)('%s %j changes nothing where it is refused', (name, request, _response, service) => {
  const { facts, touches } = read(name, request, null, service, { errorCode: 'Client.UnauthorizedOperation' });
  expect({ weakens: facts.weakens, touches }).toEqual({ weakens: [], touches: [] });
});

test.each(table)('%s %j is no call of another service', (name, request, response, service) => {
  const eventSource = service === 'ec2' ? 'lightsail.amazonaws.com' : 'application-autoscaling.amazonaws.com';
  expect(nodeLifecycleReader.recognizes(called(name, request, response, { eventSource }))).toBe(false);
});

test('a change of groups is read by another category', () => {
  const event = called('ModifyInstanceAttribute', { instanceId: 'i-1', groupSet: { items: [{ groupId: 'sg-1' }] } });
  expect(nodeLifecycleReader.recognizes(event)).toBe(false);
});

test.each([
  ['instance-id', 'terminated'],
  ['instance_id', 'stopping'],
])('a notification says by %s which instance is %s, and not who did it', (field, state) => {
  const event = delivered('aws.ec2', 'EC2 Instance State-change Notification', { [field]: 'i-1', state });
  expect(nodeLifecycleReader.read(event)).toEqual({
    subjects: [{ type: 'AWS::EC2::Instance', id: 'i-1' }],
    facts: { ...nothing, act: 'state-change', state, instanceIds: ['i-1'] },
    touches: [{ kind: 'instance-ended', instanceId: 'i-1', how: 'state-change' }],
  });
});

test('a Spot warning is read, and changes nothing yet', () => {
  const event = delivered('aws.ec2', 'EC2 Spot Instance Interruption Warning', {
    'instance-id': 'i-1',
    'instance-action': 'stop',
  });
  expect(nodeLifecycleReader.read(event)).toMatchObject({
    facts: { act: 'notice', instanceIds: ['i-1'] },
    touches: [],
  });
});

test.each([
  ['TerminateInstances', null],
  ['TerminateInstances', { instancesSet: {} }],
  ['ModifyInstanceMetadataOptions', { ModifyInstanceMetadataOptionsRequest: 'odd' }],
  ['ModifyInstanceAttribute', { instanceId: { odd: true }, blockDeviceMapping: 7 }],
  ['DetachVolume', {}],
] as const)('%s of %j is read without a fault', (name, request) => {
  expect(read(name, request).facts.instanceIds).toEqual([]);
});
