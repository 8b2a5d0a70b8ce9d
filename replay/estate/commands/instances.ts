import { AwsError } from '../aws-error';
import { type Commands, type Input, list, type Trace, text } from '../command';
import { filtered, paged, tagList } from '../filters';
import { describable, lifecycleOutput, stateOfInstance } from '../instance-states';
import type { Interface, State } from '../state';

/** Instances, their interfaces, and the subnets and VPCs that they stand in. */
export const instanceCommands: Commands = {
  DescribeInstances: {
    run(account, input) {
      const { state } = account;
      const present = [...state.instances.values()].filter((it) => describable(account, it));
      const ids = list<string>(input, 'InstanceIds');
      for (const id of ids) {
        if (!present.some((it) => it.id === id)) {
          throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
        }
      }
      const found = filtered(present, input, (it, name) => {
        switch (name) {
          case 'instance-id':
            return [it.id];
          case 'subnet-id':
            return [it.subnetId];
          case 'vpc-id':
            return [it.vpcId];
          case 'private-dns-name':
            return [it.privateDnsName];
          case 'instance-state-name':
            return [it.state];
          case 'iam-instance-profile.arn':
            return [it.profile?.arn];
          default:
            return undefined;
        }
      }).filter(({ id }) => ids.length === 0 || ids.includes(id));
      const described = found.map((it) => ({
        Instances: [
          {
            InstanceId: it.id,
            InstanceType: it.type,
            SubnetId: it.subnetId,
            VpcId: it.vpcId,
            ...lifecycleOutput(account, it),
            NetworkInterfaces: interfacesOf(state, it.id).map(({ id }) => ({ NetworkInterfaceId: id })),
          },
        ],
      }));
      return paged(described, input, 'Reservations');
    },
  },

  // Of running instances alone, where nobody asks for the others too.
  DescribeInstanceStatus: {
    run({ state, description }, input) {
      const checked = [...state.instances.values()].filter((it) => it.state === 'running');
      const checkOf = (id: string) =>
        description.instances.some((it) => it.id === id && it.impaired) ? 'impaired' : 'ok';
      const found = filtered(checked, input, (it, name) => {
        if (name === 'instance-status.status') return [checkOf(it.id)];
        return name === 'system-status.status' ? ['ok'] : undefined;
      });
      const described = found.map(({ id }) => ({
        InstanceId: id,
        InstanceState: stateOfInstance('running'),
        InstanceStatus: { Status: checkOf(id) },
        SystemStatus: { Status: 'ok' },
      }));
      return paged(described, input, 'InstanceStatuses');
    },
  },

  DescribeNetworkInterfaces: {
    run({ state }, input) {
      const found = filtered(state.interfaces.values(), input, (it, name) => {
        switch (name) {
          case 'network-interface-id':
            return [it.id];
          case 'group-id':
            return it.groupIds;
          case 'attachment.instance-id':
            return [it.instanceId];
          case 'subnet-id':
            return [it.subnetId];
          case 'vpc-id':
            return [it.vpcId];
          default:
            return undefined;
        }
      });
      const described = found.map((it) => ({
        NetworkInterfaceId: it.id,
        SubnetId: it.subnetId,
        VpcId: it.vpcId,
        Description: it.description,
        PrivateIpAddress: it.ip,
        Groups: it.groupIds.map((id) => ({ GroupId: id, GroupName: state.groups.get(id)?.name ?? '' })),
        TagSet: tagList(it.tags),
        ...(it.instanceId === null
          ? {}
          : {
              Attachment: {
                AttachmentId: attachmentOf(it.id),
                InstanceId: it.instanceId,
                DeviceIndex: it.device ?? 0,
                Status: 'attached',
              },
            }),
      }));
      return paged(described, input, 'NetworkInterfaces');
    },
  },

  ModifyNetworkInterfaceAttribute: {
    run({ state }, input) {
      const id = text(input, 'NetworkInterfaceId');
      const found = state.interfaces.get(id);
      if (found === undefined) {
        throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
      }
      setGroups(state, found, list<string>(input, 'Groups'));
      return {};
    },
    trace: (input, output) => groupsTrace(input, 'networkInterfaceId', 'NetworkInterfaceId', output),
  },

  DescribeSubnets: {
    run({ state }, input) {
      const found = filtered(state.subnets.values(), input, (it, name) => {
        if (name === 'subnet-id') return [it.id];
        return name === 'vpc-id' ? [it.vpcId] : undefined;
      }).map((it) => ({
        SubnetId: it.id,
        VpcId: it.vpcId,
        CidrBlock: it.cidr,
        AvailabilityZone: it.zone,
        Tags: tagList(it.tags),
      }));
      return paged(found, input, 'Subnets');
    },
  },

  DescribeVpcs: {
    run({ state }, input) {
      const found = filtered(state.vpcs.values(), input, (it, name) => (name === 'vpc-id' ? [it.id] : undefined)).map(
        (it) => ({
          VpcId: it.id,
          CidrBlock: it.cidr,
          CidrBlockAssociationSet: [{ CidrBlock: it.cidr }],
          Tags: tagList(it.tags),
        }),
      );
      return paged(found, input, 'Vpcs');
    },
  },
};

export function interfacesOf(state: State, instanceId: string): Interface[] {
  return [...state.interfaces.values()].filter((it) => it.instanceId === instanceId);
}

/** What EC2 calls an interface's attachment: by the interface, so that an incident's file can name it. */
export function attachmentOf(interfaceId: string): string {
  return interfaceId.replace('eni-', 'eni-attach-');
}

export function setGroups(state: State, it: Interface, groupIds: readonly string[]): void {
  for (const id of groupIds) {
    if (!state.groups.has(id)) throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  }
  if (groupIds.length > 0) it.groupIds = [...groupIds];
}

export function groupsTrace(input: Input, record: string, field: string, output: unknown): Trace {
  const groups = list<string>(input, 'Groups');
  const type = field === 'InstanceId' ? 'AWS::EC2::Instance' : 'AWS::EC2::NetworkInterface';
  return {
    requestParameters: {
      [record]: text(input, field),
      ...(groups.length === 0 ? {} : { groupSet: { items: groups.map((groupId) => ({ groupId })) } }),
    },
    responseElements: output === null ? null : { _return: true },
    resources: [{ type, name: text(input, field) }],
  };
}
