import { AwsError } from '../aws-error';
import { storedCidr } from '../cidr';
import { type Commands, type Input, type Trace, text } from '../command';
import { filtered, paged, tagList } from '../filters';
import type { Acl, AclEntry, State } from '../state';
import { defined } from './security-groups';

/** Of one direction and one address family, beside the one that denies the rest. */
const entriesOfADirection = 19;
const aclType = 'AWS::EC2::NetworkAcl';

export const networkAclCommands: Commands = {
  DescribeNetworkAcls: {
    run({ state }, input) {
      const subnetsOf = (acl: Acl) => [...state.subnets.values()].filter(({ aclId }) => aclId === acl.id);
      const found = filtered(state.acls.values(), input, (acl, name) => {
        switch (name) {
          case 'network-acl-id':
            return [acl.id];
          case 'vpc-id':
            return [acl.vpcId];
          case 'association.subnet-id':
            return subnetsOf(acl).map(({ id }) => id);
          case 'association.association-id':
            return subnetsOf(acl).map(({ associationId }) => associationId);
          default:
            return undefined;
        }
      });
      const described = found.map((acl) => ({
        NetworkAclId: acl.id,
        VpcId: acl.vpcId,
        IsDefault: acl.isDefault,
        Tags: tagList(acl.tags),
        Associations: subnetsOf(acl).map((subnet) => ({
          NetworkAclAssociationId: subnet.associationId,
          NetworkAclId: acl.id,
          SubnetId: subnet.id,
        })),
        Entries: [...acl.entries, last(false), last(true)].map(entryOutput),
      }));
      return paged(described, input, 'NetworkAcls');
    },
  },

  CreateNetworkAcl: {
    run({ state, newId }, input) {
      const vpcId = text(input, 'VpcId');
      if (!state.vpcs.has(vpcId)) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
      const id = newId('acl');
      state.acls.set(id, { id, vpcId, isDefault: false, entries: [], tags: {} });
      return { NetworkAcl: { NetworkAclId: id, VpcId: vpcId, IsDefault: false, Entries: [], Associations: [] } };
    },
    trace(input, output) {
      const networkAclId = (output?.['NetworkAcl'] as { NetworkAclId?: string } | undefined)?.NetworkAclId;
      return {
        requestParameters: { vpcId: text(input, 'VpcId') },
        responseElements:
          output === null ? null : { networkAcl: { networkAclId, vpcId: text(input, 'VpcId'), default: false } },
        resources: networkAclId === undefined ? [] : [{ type: aclType, name: networkAclId }],
      };
    },
  },

  DeleteNetworkAcl: {
    run({ state }, input) {
      const acl = aclOf(state, input);
      const used = [...state.subnets.values()].some(({ aclId }) => aclId === acl.id);
      if (used || acl.isDefault)
        throw new AwsError('DependencyViolation', `The networkAcl '${acl.id}' has dependencies and cannot be deleted.`);
      state.acls.delete(acl.id);
      return {};
    },
    trace: (input, output) =>
      about(input, { networkAclId: text(input, 'NetworkAclId') }, output === null ? null : { _return: true }),
  },

  CreateNetworkAclEntry: {
    run({ state }, input) {
      const acl = aclOf(state, input);
      const entry = entryOf(input);
      if (acl.entries.some((it) => same(it, entry))) {
        throw new AwsError(
          'NetworkAclEntryAlreadyExists',
          `The network acl entry identified by ${entry.ruleNumber} already exists.`,
        );
      }
      const ofFamily = acl.entries.filter(
        ({ egress, cidr }) => egress === entry.egress && cidr.includes(':') === entry.cidr.includes(':'),
      );
      if (ofFamily.length >= entriesOfADirection) {
        throw new AwsError('NetworkAclEntryLimitExceeded', `The maximum number of entries of ${acl.id} is reached.`);
      }
      acl.entries = ordered([...acl.entries, entry]);
      return {};
    },
    trace: (input, output) => about(input, entryRecord(input), output === null ? null : { _return: true }),
  },

  ReplaceNetworkAclEntry: {
    run({ state }, input) {
      const acl = aclOf(state, input);
      const entry = entryOf(input);
      if (!acl.entries.some((it) => same(it, entry))) throw noEntry(entry);
      acl.entries = ordered([...acl.entries.filter((it) => !same(it, entry)), entry]);
      return {};
    },
    trace: (input, output) => about(input, entryRecord(input), output === null ? null : { _return: true }),
  },

  DeleteNetworkAclEntry: {
    run({ state }, input) {
      const acl = aclOf(state, input);
      const place = { ruleNumber: Number(input['RuleNumber']), egress: input['Egress'] === true };
      if (!acl.entries.some((it) => same(it, place))) throw noEntry(place);
      acl.entries = acl.entries.filter((it) => !same(it, place));
      return {};
    },
    trace: (input, output) =>
      about(
        input,
        {
          networkAclId: text(input, 'NetworkAclId'),
          ruleNumber: input['RuleNumber'],
          egress: input['Egress'] === true,
        },
        output === null ? null : { _return: true },
      ),
  },

  ReplaceNetworkAclAssociation: {
    run({ state, newId }, input) {
      const acl = aclOf(state, input);
      const association = text(input, 'AssociationId');
      const subnet = [...state.subnets.values()].find(({ associationId }) => associationId === association);
      if (subnet === undefined) {
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${association}' does not exist`);
      }
      subnet.aclId = acl.id;
      subnet.associationId = newId('aclassoc');
      return { NewAssociationId: subnet.associationId };
    },
    trace: (input, output) =>
      about(
        input,
        { associationId: text(input, 'AssociationId'), networkAclId: text(input, 'NetworkAclId') },
        output === null ? null : { newAssociationId: output['NewAssociationId'] },
      ),
  },
};

function aclOf(state: State, input: Input): Acl {
  const id = text(input, 'NetworkAclId');
  const found = state.acls.get(id);
  if (found === undefined)
    throw new AwsError('InvalidNetworkAclID.NotFound', `The networkAcl ID '${id}' does not exist`);
  return found;
}

function noEntry({ ruleNumber }: { ruleNumber: number }): AwsError {
  return new AwsError(
    'InvalidNetworkAclEntry.NotFound',
    `The network acl entry identified by ${ruleNumber} does not exist.`,
  );
}

function same(one: { ruleNumber: number; egress: boolean }, other: { ruleNumber: number; egress: boolean }): boolean {
  return one.ruleNumber === other.ruleNumber && one.egress === other.egress;
}

function ordered(entries: readonly AclEntry[]): AclEntry[] {
  return [...entries].sort((a, b) => Number(a.egress) - Number(b.egress) || a.ruleNumber - b.ruleNumber);
}

function entryOf(input: Input): AclEntry {
  const ports = input['PortRange'] as { From?: number; To?: number } | undefined;
  const icmp = input['IcmpTypeCode'] as { Type?: number; Code?: number } | undefined;
  const cidr = text(input, 'CidrBlock') || text(input, 'Ipv6CidrBlock');
  if (cidr === '') throw new AwsError('MissingParameter', 'The request must contain the parameter cidrBlock');
  return {
    ruleNumber: Number(input['RuleNumber']),
    egress: input['Egress'] === true,
    action: input['RuleAction'] === 'deny' ? 'deny' : 'allow',
    protocol: text(input, 'Protocol'),
    cidr: storedCidr(cidr),
    from: ports?.From ?? null,
    to: ports?.To ?? null,
    icmp: icmp?.Type === undefined || icmp.Code === undefined ? null : { type: icmp.Type, code: icmp.Code },
  };
}

/** The entry that every network ACL ends with: what nothing allowed is denied. */
function last(egress: boolean): AclEntry {
  return {
    ruleNumber: 32_767,
    egress,
    action: 'deny',
    protocol: '-1',
    cidr: '0.0.0.0/0',
    from: null,
    to: null,
    icmp: null,
  };
}

function entryOutput(entry: AclEntry) {
  return {
    RuleNumber: entry.ruleNumber,
    Egress: entry.egress,
    RuleAction: entry.action,
    Protocol: entry.protocol,
    ...(entry.cidr.includes(':') ? { Ipv6CidrBlock: entry.cidr } : { CidrBlock: entry.cidr }),
    ...(entry.from === null || entry.to === null ? {} : { PortRange: { From: entry.from, To: entry.to } }),
    ...(entry.icmp === null ? {} : { IcmpTypeCode: { Type: entry.icmp.type, Code: entry.icmp.code } }),
  };
}

function entryRecord(input: Input): Readonly<Record<string, unknown>> {
  const ports = input['PortRange'] as { From?: number; To?: number } | undefined;
  const icmp = input['IcmpTypeCode'] as { Type?: number; Code?: number } | undefined;
  return defined({
    networkAclId: input['NetworkAclId'],
    ruleNumber: input['RuleNumber'],
    egress: input['Egress'] === true,
    ruleAction: input['RuleAction'],
    icmpTypeCode: icmp === undefined ? {} : { type: icmp.Type, code: icmp.Code },
    portRange: ports === undefined ? {} : { from: ports.From, to: ports.To },
    aclProtocol: input['Protocol'],
    cidrBlock: input['CidrBlock'],
    ipv6CidrBlock: input['Ipv6CidrBlock'],
  });
}

function about(
  input: Input,
  requestParameters: Trace['requestParameters'],
  responseElements: Trace['responseElements'],
): Trace {
  return { requestParameters, responseElements, resources: [{ type: aclType, name: text(input, 'NetworkAclId') }] };
}
