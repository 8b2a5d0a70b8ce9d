import { AwsError } from '../aws-error';
import { type Account, type Command, type Commands, type Input, list, type Output, type Trace, text } from '../command';
import { describable, enter, metadataOutput, stateOfInstance } from '../instance-states';
import { type Instance, privateDnsName } from '../state';
import { type TagSpecification, tagsIn } from '../tags';
import { groupsTrace, interfacesOf, setGroups } from './instances';

const instanceType = 'AWS::EC2::Instance';

/** Beside these a call of ModifyInstanceAttribute names one attribute, and no more. */
const notAttributes = new Set(['Attribute', 'DryRun', 'InstanceId', 'Value']);

/** Instances begin, change and end. */
export const lifecycleCommands: Commands = {
  RunInstances: {
    run(account, input) {
      const { state, description, newId, scheduler } = account;
      const subnet = state.subnets.get(text(input, 'SubnetId'));
      if (subnet === undefined) {
        throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${text(input, 'SubnetId')}' does not exist`);
      }
      const tags = tagsIn(input, 'instance');
      const launched: Instance[] = [];
      for (let count = 0; count < Number(input['MaxCount'] ?? 1); count++) {
        const id = newId('i');
        const ip = nextAddress(account, subnet.cidr);
        const it: Instance = {
          id,
          subnetId: subnet.id,
          vpcId: subnet.vpcId,
          type: text(input, 'InstanceType') || 'm7g.large',
          imageId: text(input, 'ImageId'),
          privateDnsName: privateDnsName(description.region, ip),
          spot: false,
          launchedAt: scheduler.now(),
          state: 'pending',
          stateReason: null,
          terminatedAt: null,
          profile: null,
          metadata: { httpTokens: 'required', httpEndpoint: 'enabled', hopLimit: 1 },
          terminationProtection: input['DisableApiTermination'] === true,
          stopProtection: false,
          shutdownBehavior: 'stop',
          sourceDestCheck: true,
          userData: text(input, 'UserData') || null,
          tags: { ...tags },
        };
        state.instances.set(id, it);
        const interfaceId = newId('eni');
        state.interfaces.set(interfaceId, {
          id: interfaceId,
          subnetId: subnet.id,
          vpcId: subnet.vpcId,
          ip,
          description: '',
          instanceId: id,
          device: 0,
          groupIds: [...list<string>(input, 'SecurityGroupIds')],
          tags: {},
        });
        const volumeId = newId('vol');
        state.volumes.set(volumeId, {
          id: volumeId,
          size: 20,
          zone: subnet.zone,
          encrypted: true,
          state: 'in-use',
          attachment: { instanceId: id, device: '/dev/xvda', deleteOnTermination: true },
          tags: tagsIn(input, 'volume'),
        });
        launched.push(it);
        enter(account, it, 'pending');
      }
      return {
        ReservationId: newId('r'),
        Instances: launched.map((it) => ({ InstanceId: it.id, ImageId: it.imageId, SubnetId: it.subnetId })),
      };
    },
    trace(input, output, { state, description }) {
      const launched = list<{ InstanceId: string }>(output ?? {}, 'Instances').flatMap(
        ({ InstanceId }) => state.instances.get(InstanceId) ?? [],
      );
      return {
        requestParameters: runRequest(input),
        responseElements:
          output === null
            ? null
            : {
                reservationId: output['ReservationId'],
                ownerId: description.account,
                groupSet: {},
                instancesSet: {
                  items: launched.map((it) => ({
                    instanceId: it.id,
                    imageId: it.imageId,
                    instanceState: { code: 0, name: 'pending' },
                    privateDnsName: it.privateDnsName,
                    instanceType: it.type,
                    subnetId: it.subnetId,
                    vpcId: it.vpcId,
                    tagSet: { items: Object.entries(it.tags).map(([key, value]) => ({ key, value })) },
                  })),
                },
              },
        resources: launched.map(({ id }) => ({ type: instanceType, name: id })),
      };
    },
  },

  TerminateInstances: moves('TerminatingInstances', (account, it) => {
    if (it.terminationProtection) {
      throw new AwsError(
        'OperationNotPermitted',
        `The instance '${it.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    if (it.state === 'terminated' || it.state === 'shutting-down') return;
    it.stateReason = userInitiated;
    enter(account, it, 'shutting-down');
  }),

  StopInstances: moves('StoppingInstances', (account, it) => {
    if (it.spot) {
      throw new AwsError(
        'UnsupportedOperation',
        `You can't stop the Spot Instance '${it.id}' because it is associated with a one-time Spot Instance request.`,
      );
    }
    if (it.state !== 'running' && it.state !== 'pending') return;
    it.stateReason = userInitiated;
    enter(account, it, 'stopping');
  }),

  StartInstances: moves('StartingInstances', (account, it) => {
    if (it.state !== 'stopped') {
      throw new AwsError(
        'IncorrectInstanceState',
        `The instance '${it.id}' is not in a state from which it can be started.`,
      );
    }
    it.stateReason = null;
    enter(account, it, 'pending');
  }),

  RebootInstances: {
    run(account, input) {
      for (const id of list<string>(input, 'InstanceIds')) instanceOf(account, id);
      return {};
    },
    trace: (input, output) => ({
      requestParameters: { instancesSet: instancesSet(input) },
      responseElements: output === null ? null : { _return: true },
      resources: resourcesOf(input),
    }),
  },

  ModifyInstanceAttribute: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      const groups = list<string>(input, 'Groups');
      if (Object.keys(input).filter((name) => !notAttributes.has(name)).length > 1) {
        throw new AwsError('InvalidParameterCombination', 'Fields for multiple attribute types specified');
      }
      if (groups.length > 0) {
        const [only, ...others] = interfacesOf(account.state, it.id);
        // The VPC CNI gives a node several: then each has to be changed by itself.
        if (only === undefined || others.length > 0) {
          throw new AwsError(
            'InvalidInstanceID',
            `There are multiple interfaces attached to instance '${it.id}'. Please specify an interface ID for the operation instead.`,
          );
        }
        setGroups(account.state, only, groups);
      }
      modify(account, it, input);
      return {};
    },
    trace(input, output) {
      const groups = groupsTrace(input, 'instanceId', 'InstanceId', output);
      return { ...groups, requestParameters: { ...groups.requestParameters, ...attributesTrace(input) } };
    },
  },

  DescribeInstanceAttribute: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      switch (text(input, 'Attribute')) {
        case 'disableApiTermination':
          return { InstanceId: it.id, DisableApiTermination: { Value: it.terminationProtection } };
        case 'disableApiStop':
          return { InstanceId: it.id, DisableApiStop: { Value: it.stopProtection } };
        case 'userData':
          return { InstanceId: it.id, UserData: it.userData === null ? {} : { Value: it.userData } };
        case 'instanceInitiatedShutdownBehavior':
          return { InstanceId: it.id, InstanceInitiatedShutdownBehavior: { Value: it.shutdownBehavior } };
        default:
          throw new AwsError(
            'InvalidParameterValue',
            `Value (${text(input, 'Attribute')}) for parameter attribute is invalid.`,
          );
      }
    },
  },

  ModifyInstanceMetadataOptions: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      it.metadata = {
        httpTokens: text(input, 'HttpTokens') || it.metadata.httpTokens,
        httpEndpoint: text(input, 'HttpEndpoint') || it.metadata.httpEndpoint,
        hopLimit: Number(input['HttpPutResponseHopLimit'] ?? it.metadata.hopLimit),
      };
      return { InstanceId: it.id, InstanceMetadataOptions: metadataOutput(it) };
    },
    trace: (input, output) => ({
      requestParameters: { ModifyInstanceMetadataOptionsRequest: { ...input } },
      responseElements:
        output === null
          ? null
          : {
              ModifyInstanceMetadataOptionsResponse: {
                instanceId: text(input, 'InstanceId'),
                instanceMetadataOptions: camelCased(output['InstanceMetadataOptions'] as Input),
              },
            },
      resources: [{ type: instanceType, name: text(input, 'InstanceId') }],
    }),
  },

  DescribeIamInstanceProfileAssociations: {
    run({ state }, input) {
      const filters = list<{ Name?: string; Values?: string[] }>(input, 'Filters');
      const wanted = filters.find(({ Name }) => Name === 'instance-id')?.Values;
      const found = [...state.instances.values()].filter(
        ({ id, profile }) => profile !== null && (wanted === undefined || wanted.includes(id)),
      );
      return { IamInstanceProfileAssociations: found.map(associationOutput) };
    },
  },

  AssociateIamInstanceProfile: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      if (it.profile !== null) {
        throw new AwsError('IncorrectState', `There is an existing association for instance ${it.id}`);
      }
      it.profile = { arn: profileArn(account, input), associationId: account.newId('iip-assoc') };
      return { IamInstanceProfileAssociation: associationOutput(it) };
    },
    trace: associationTrace('AssociateIamInstanceProfile', 'associating'),
  },

  DisassociateIamInstanceProfile: {
    run(account, input) {
      const associationId = text(input, 'AssociationId');
      const it = [...account.state.instances.values()].find(({ profile }) => profile?.associationId === associationId);
      if (it === undefined) {
        throw new AwsError('NoSuchAssociation', `The association ID '${associationId}' does not exist`);
      }
      const output = { IamInstanceProfileAssociation: associationOutput(it) };
      it.profile = null;
      return output;
    },
    trace: associationTrace('DisassociateIamInstanceProfile', 'disassociating'),
  },

  ReplaceIamInstanceProfileAssociation: {
    run(account, input) {
      const associationId = text(input, 'AssociationId');
      const it = [...account.state.instances.values()].find(({ profile }) => profile?.associationId === associationId);
      if (it === undefined) {
        throw new AwsError('NoSuchAssociation', `The association ID '${associationId}' does not exist`);
      }
      it.profile = { arn: profileArn(account, input), associationId: account.newId('iip-assoc') };
      return { IamInstanceProfileAssociation: associationOutput(it) };
    },
    trace: associationTrace('ReplaceIamInstanceProfileAssociation', 'associating'),
  },

  GetConsoleOutput: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      const log = `[    0.000000] Linux version 6.12.0 (EKS node ${it.privateDnsName})\n`;
      return {
        InstanceId: it.id,
        Timestamp: new Date(account.scheduler.now()),
        Output: Buffer.from(log).toString('base64'),
      };
    },
  },

  GetConsoleScreenshot: {
    run(account, input) {
      const it = instanceOf(account, text(input, 'InstanceId'));
      if (it.state !== 'running') {
        throw new AwsError('IncorrectInstanceState', `The instance '${it.id}' is not in the 'running' state.`);
      }
      // The first bytes of a JPEG: a screen of which there is nothing to see.
      return { InstanceId: it.id, ImageData: Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64') };
    },
  },
};

const userInitiated = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

function instanceOf(account: Account, id: string): Instance {
  const found = account.state.instances.get(id);
  if (found === undefined || !describable(account, found)) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  }
  return found;
}

function moves(field: string, move: (account: Account, it: Instance) => void): Commands[string] {
  return {
    run(account, input) {
      const found = list<string>(input, 'InstanceIds').map((id) => instanceOf(account, id));
      const before = new Map(found.map(({ id, state }) => [id, state]));
      for (const it of found) move(account, it);
      return {
        [field]: found.map(({ id, state }) => ({
          InstanceId: id,
          CurrentState: stateOfInstance(state),
          PreviousState: stateOfInstance(before.get(id) ?? ''),
        })),
      };
    },
    trace: (input, output): Trace => ({
      requestParameters: {
        instancesSet: instancesSet(input),
        ...(input['Force'] === undefined ? {} : { force: input['Force'] }),
      },
      responseElements: output === null ? null : { instancesSet: { items: movesOutput(output, field) } },
      resources: resourcesOf(input),
    }),
  };
}

function movesOutput(output: Output, field: string) {
  return list<{ InstanceId: string; CurrentState: Input; PreviousState: Input }>(output, field).map((it) => ({
    instanceId: it.InstanceId,
    currentState: camelCased(it.CurrentState),
    previousState: camelCased(it.PreviousState),
  }));
}

function modify({ state }: Account, it: Instance, input: Input): void {
  const value = (name: string) => (input[name] as { Value?: unknown } | undefined)?.Value;
  const protect = value('DisableApiTermination');
  if (typeof protect === 'boolean') {
    if (it.spot && protect) {
      throw new AwsError(
        'UnsupportedOperation',
        `The instance '${it.id}' is a Spot Instance, which cannot be protected from termination.`,
      );
    }
    it.terminationProtection = protect;
  }
  const stop = value('DisableApiStop');
  if (typeof stop === 'boolean') it.stopProtection = stop;
  const check = value('SourceDestCheck');
  if (typeof check === 'boolean') it.sourceDestCheck = check;
  const behavior = value('InstanceInitiatedShutdownBehavior');
  if (typeof behavior === 'string') it.shutdownBehavior = behavior;
  const userData = value('UserData');
  const type = value('InstanceType');
  if (userData !== undefined || type !== undefined) {
    if (it.state !== 'stopped') {
      throw new AwsError('IncorrectInstanceState', `The instance '${it.id}' is not in the 'stopped' state.`);
    }
    if (typeof userData === 'string') it.userData = userData;
    if (typeof type === 'string') it.type = type;
  }
  for (const mapping of list<{ DeviceName?: string; Ebs?: { DeleteOnTermination?: boolean } }>(
    input,
    'BlockDeviceMappings',
  )) {
    const attachment = [...state.volumes.values()].find(
      (volume) => volume.attachment?.instanceId === it.id && volume.attachment.device === mapping.DeviceName,
    )?.attachment;
    if (attachment == null) {
      throw new AwsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${mapping.DeviceName}`);
    }
    attachment.deleteOnTermination = mapping.Ebs?.DeleteOnTermination ?? attachment.deleteOnTermination;
  }
}

/** The record has each attribute as `{"value": …}`; what user data holds it never says. */
function attributesTrace(input: Input): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of [
    'DisableApiTermination',
    'DisableApiStop',
    'SourceDestCheck',
    'InstanceType',
    'InstanceInitiatedShutdownBehavior',
  ]) {
    const given = input[name] as { Value?: unknown } | undefined;
    if (given !== undefined) found[`${name.charAt(0).toLowerCase()}${name.slice(1)}`] = { value: given.Value };
  }
  if (input['UserData'] !== undefined) found['userData'] = '<sensitiveDataRemoved>';
  const mappings = list<{ DeviceName?: string; Ebs?: { DeleteOnTermination?: boolean } }>(input, 'BlockDeviceMappings');
  if (mappings.length > 0) {
    found['blockDeviceMapping'] = {
      items: mappings.map(({ DeviceName, Ebs }) => ({
        deviceName: DeviceName,
        ebs: { deleteOnTermination: Ebs?.DeleteOnTermination },
      })),
    };
  }
  return found;
}

function runRequest(input: Input): Record<string, unknown> {
  const specifications = list<TagSpecification>(input, 'TagSpecifications').map(({ ResourceType, Tags = [] }) => ({
    resourceType: ResourceType,
    tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
  }));
  return {
    instancesSet: {
      items: [{ imageId: text(input, 'ImageId'), minCount: input['MinCount'] ?? 1, maxCount: input['MaxCount'] ?? 1 }],
    },
    instanceType: text(input, 'InstanceType'),
    blockDeviceMapping: {},
    monitoring: { enabled: false },
    disableApiTermination: input['DisableApiTermination'] === true,
    disableApiStop: false,
    subnetId: text(input, 'SubnetId'),
    groupSet: { items: list<string>(input, 'SecurityGroupIds').map((groupId) => ({ groupId })) },
    ...(specifications.length === 0 ? {} : { tagSpecificationSet: { items: specifications } }),
  };
}

/** The next address of a subnet that nobody has. */
function nextAddress({ state }: Account, cidr: string): string {
  const [base = '10.0.0.0'] = cidr.split('/');
  const [a, b, c] = base.split('.');
  const taken = new Set([...state.interfaces.values()].map(({ ip }) => ip));
  for (let host = 100; host < 250; host++) {
    const address = `${a}.${b}.${c}.${host}`;
    if (!taken.has(address)) return address;
  }
  throw new AwsError('InsufficientFreeAddressesInSubnet', 'There are not enough free addresses in the subnet');
}

function profileArn({ description: { account, partition } }: Account, input: Input): string {
  const { Arn, Name } = (input['IamInstanceProfile'] ?? {}) as { Arn?: string; Name?: string };
  return Arn ?? `arn:${partition}:iam::${account}:instance-profile/${Name}`;
}

/** How CloudTrail writes what became of an association: the instance is in the answer, whatever the request names. */
function associationTrace(call: string, state: string): NonNullable<Command['trace']> {
  return (input, output) => {
    const association = output?.['IamInstanceProfileAssociation'] as
      | { AssociationId: string; InstanceId: string; IamInstanceProfile: { Arn: string } }
      | undefined;
    const answer = association && {
      associationId: association.AssociationId,
      instanceId: association.InstanceId,
      iamInstanceProfile: { arn: association.IamInstanceProfile.Arn },
      state,
    };
    return {
      requestParameters: { [`${call}Request`]: { ...input } },
      responseElements:
        answer === undefined ? null : { [`${call}Response`]: { iamInstanceProfileAssociation: answer } },
      resources: association === undefined ? [] : [{ type: instanceType, name: association.InstanceId }],
    };
  };
}

function associationOutput({ id, profile }: Instance) {
  return {
    AssociationId: profile?.associationId,
    InstanceId: id,
    IamInstanceProfile: { Arn: profile?.arn },
    State: 'associated',
  };
}

function instancesSet(input: Input) {
  return { items: list<string>(input, 'InstanceIds').map((instanceId) => ({ instanceId })) };
}

function resourcesOf(input: Input) {
  return list<string>(input, 'InstanceIds').map((name) => ({ type: instanceType, name }));
}

function camelCased(it: Input): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(it).map(([name, value]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value]),
  );
}
