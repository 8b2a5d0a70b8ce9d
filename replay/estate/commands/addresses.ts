import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, type Trace, text } from '../command';
import { filtered, paged, tagList } from '../filters';

/** Elastic addresses, the endpoints of a VPC, what instance types are like, and tags: what stands around an instance. */
export const addressCommands: Commands = {
  DescribeAddresses: {
    run(account, input) {
      const { state } = account;
      const found = filtered(state.addresses.values(), input, (it, name) => {
        switch (name) {
          case 'allocation-id':
            return [it.id];
          case 'instance-id':
            return [it.interfaceId === null ? null : state.interfaces.get(it.interfaceId)?.instanceId];
          default:
            return undefined;
        }
      });
      return {
        Addresses: found.map((it) => {
          const device = it.interfaceId === null ? undefined : state.interfaces.get(it.interfaceId);
          return {
            AllocationId: it.id,
            PublicIp: it.ip,
            ...(device === undefined
              ? {}
              : {
                  AssociationId: it.associationId,
                  NetworkInterfaceId: device.id,
                  PrivateIpAddress: device.ip,
                  ...(device.instanceId === null ? {} : { InstanceId: device.instanceId }),
                }),
            Tags: tagList(it.tags),
          };
        }),
      };
    },
  },

  AssociateAddress: {
    run({ state, newId }, input) {
      const it = state.addresses.get(text(input, 'AllocationId'));
      if (it === undefined) {
        throw new AwsError(
          'InvalidAllocationID.NotFound',
          `The allocation ID '${text(input, 'AllocationId')}' does not exist`,
        );
      }
      if (it.interfaceId !== null && input['AllowReassociation'] === false) {
        throw new AwsError('Resource.AlreadyAssociated', `resource ${it.id} is already associated`);
      }
      it.interfaceId = text(input, 'NetworkInterfaceId');
      it.associationId = newId('eipassoc');
      return { AssociationId: it.associationId };
    },
    trace: (input, output) => addressTrace(input, output),
  },

  DisassociateAddress: {
    run({ state }, input) {
      const id = text(input, 'AssociationId');
      const it = [...state.addresses.values()].find(({ associationId }) => associationId === id);
      if (it === undefined)
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
      it.interfaceId = null;
      it.associationId = null;
      return {};
    },
    trace: (input, output) => addressTrace(input, output),
  },

  DescribeVpcEndpoints: {
    run({ description }, input) {
      const found = filtered<(typeof description.vpcEndpoints)[number]>(description.vpcEndpoints, input, (it, name) => {
        switch (name) {
          case 'vpc-id':
            return [it.vpc];
          case 'vpc-endpoint-state':
            return ['available'];
          default:
            return undefined;
        }
      });
      const described = found.map((it) => ({
        VpcEndpointId: it.id,
        VpcId: it.vpc,
        ServiceName: `com.amazonaws.${description.region}.${it.service}`,
        VpcEndpointType: it.type,
        State: 'available',
        Groups: it.groups.map((GroupId) => ({ GroupId })),
        NetworkInterfaceIds: [...it.interfaces],
      }));
      return paged(described, input, 'VpcEndpoints');
    },
  },

  DescribePrefixLists: {
    run({ description }) {
      const service = `com.amazonaws.${description.region}.s3`;
      return { PrefixLists: [{ PrefixListId: s3PrefixList, PrefixListName: service, Cidrs: ['3.5.134.0/23'] }] };
    },
  },

  DescribeInstanceTypes: {
    run(_account, input) {
      const [{ Values = [] } = {}] = list<{ Values?: string[] }>(input, 'Filters');
      return {
        InstanceTypes: Values.map((InstanceType) => ({
          InstanceType,
          // The letter d in a family's attributes, as in m7gd, stands for disks in the machine.
          InstanceStorageSupported: /^[a-z]+\d+[a-z]*d[a-z]*\./.test(InstanceType),
        })),
      };
    },
  },

  CreateTags: {
    run(account, input) {
      for (const tags of taggedIn(account, input)) {
        for (const { Key, Value } of list<{ Key: string; Value: string }>(input, 'Tags')) tags[Key] = Value;
      }
      return {};
    },
    trace: (input, output) => tagTrace(input, output),
  },

  DeleteTags: {
    run(account, input) {
      for (const tags of taggedIn(account, input)) {
        for (const { Key } of list<{ Key: string }>(input, 'Tags')) delete tags[Key];
      }
      return {};
    },
    trace: (input, output) => tagTrace(input, output),
  },
};

export const s3PrefixList = 'pl-6ea54007';

function taggedIn({ state }: Account, input: Input): Record<string, string>[] {
  return list<string>(input, 'Resources').map((id) => {
    const found =
      state.instances.get(id) ??
      state.interfaces.get(id) ??
      state.groups.get(id) ??
      state.snapshots.get(id) ??
      state.volumes.get(id);
    if (found === undefined) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
    return found.tags;
  });
}

function tagTrace(input: Input, output: unknown): Trace {
  return {
    requestParameters: {
      resourcesSet: { items: list<string>(input, 'Resources').map((resourceId) => ({ resourceId })) },
      tagSet: {
        items: list<{ Key: string; Value?: string }>(input, 'Tags').map(({ Key: key, Value: value }) => ({
          key,
          value,
        })),
      },
    },
    responseElements: output === null ? null : { _return: true },
    resources: list<string>(input, 'Resources').map((name) => ({ type: 'AWS::EC2::Instance', name })),
  };
}

function addressTrace(input: Input, output: Input | null): Trace {
  const request = Object.entries(input).map(([name, value]) => [
    `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    value,
  ]);
  return {
    requestParameters: Object.fromEntries(request) as Record<string, unknown>,
    responseElements: output === null ? null : { _return: true },
    resources: [],
  };
}
