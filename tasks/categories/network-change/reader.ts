import * as z from 'zod';
import {
  controlPlaneCall,
  groupSettingCalls,
  type NetworkAclEntry,
  type NetworkEventFacts,
  type NetworkTouch,
  networkChangeCalls,
  type SecurityGroupRule,
} from '../../../runbooks/network-change';
import { decoded } from '../../clusters/calls';
import { isNonCompliant } from '../../findings/config';
import { canonicalCidr } from '../../network/addresses';
import { numbersOf, protocolName, protocolNumber } from '../../network/protocols';
import { items, numberAt, part, readOutcome, textAt } from '../../triage/cloudtrail';
import type { Event } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';
import { effectOf, overall, together } from './effect';

/**
 * Reads the EC2 calls that change what reaches a cluster: security groups and their rules, network ACLs, prefix lists, and
 * which groups an interface or instance has. And what AWS Config finds of security groups that are not as they should be.
 */
export const networkChangeReader: Reader<NetworkEventFacts, NetworkTouch> = {
  category: 'network-change',
  outcomes: ['succeeded'],
  recognizes: (event) => nameOfCall(event) !== null || isDeviation(event),
  read(event) {
    const name = nameOfCall(event);
    const subjects = subjectsOf(event);
    if (isDeviation(event)) {
      const touches = subjects.map(({ id }) => ({ kind: 'rule-deviation' as const, groupId: id }));
      return { subjects, touches, facts: { ...nothing, opensToInternet: 'unknown', effect: 'unknown' } };
    }
    if (name === null || describesOnly(name)) return { subjects, touches: [], facts: nothing };
    const touches = touchesOf({
      name,
      request: part(event.detail['requestParameters']),
      response: part(event.detail['responseElements']),
    });
    // A call that failed, was denied or was only a trial changed nothing, whatever it asked for.
    const changed = readOutcome(event.detail) === 'succeeded';
    const facts = factsOf(name, touches, changed);
    return { subjects, touches: changed ? touches.filter(namesItsGroup) : [], facts };
  },
};

/** Config's rules on security groups have the names that whoever deploys them chose: the group itself says what is wrong. */
function isDeviation(event: Event): boolean {
  return isNonCompliant(event) && textAt(event.detail, 'resourceType') === 'AWS::EC2::SecurityGroup';
}

/** They change what a rule is called and none of what it lets through, so no pattern takes them. */
const describingCalls = [
  'UpdateSecurityGroupRuleDescriptionsIngress',
  'UpdateSecurityGroupRuleDescriptionsEgress',
] as const;
type DescribingCall = (typeof describingCalls)[number];

const alwaysCalls = z.enum(networkChangeCalls);
const groupCalls = z.enum(groupSettingCalls);
type CallName = z.infer<typeof alwaysCalls> | z.infer<typeof groupCalls> | typeof controlPlaneCall;

function describesOnly(name: CallName | DescribingCall): name is DescribingCall {
  return describingCalls.some((known) => known === name);
}

/** Null where the event is no call of this category: other services have calls of the same names. */
function nameOfCall({ detail }: Event): CallName | DescribingCall | null {
  if (detail['eventSource'] === 'eks.amazonaws.com') {
    const given = part(detail['requestParameters'], 'resourcesVpcConfig');
    const sets = textsOf(given['securityGroupIds']) !== null || textsOf(given['subnetIds']) !== null;
    return detail['eventName'] === controlPlaneCall && sets ? controlPlaneCall : null;
  }
  if (detail['eventSource'] !== 'ec2.amazonaws.com') return null;
  const name = detail['eventName'];
  const setsGroups = groupCalls.safeParse(name);
  if (setsGroups.success) return groupsSet(part(detail['requestParameters'])).length > 0 ? setsGroups.data : null;
  return z
    .union([alwaysCalls, z.enum(describingCalls)])
    .nullable()
    .catch(null)
    .parse(name);
}

const nothing: NetworkEventFacts = { opensToInternet: 'no', ports: [], direction: null, effect: 'none' };

interface Call {
  readonly name: CallName;
  readonly request: Fields;
  readonly response: Fields;
}

type Direction = SecurityGroupRule['direction'];
type Fields = Readonly<Record<string, unknown>>;

function touchesOf(call: Call): NetworkTouch[] {
  const { name, request, response } = call;
  switch (name) {
    case 'AuthorizeSecurityGroupIngress':
      return authorized(call, 'ingress');
    case 'AuthorizeSecurityGroupEgress':
      return authorized(call, 'egress');
    case 'RevokeSecurityGroupIngress':
      return revoked(call, 'ingress');
    case 'RevokeSecurityGroupEgress':
      return revoked(call, 'egress');
    case 'ModifySecurityGroupRules':
      return modified(call);
    case 'CreateSecurityGroup':
      return withId(textAt(response, 'groupId'), (groupId) => ({
        kind: 'group-created',
        groupId,
        vpcId: textAt(request, 'vpcId'),
      }));
    case 'DeleteSecurityGroup':
      return [{ kind: 'group-deleted', groupId: groupOf(call) }];
    case 'AssociateSecurityGroupVpc':
    case 'DisassociateSecurityGroupVpc': {
      const inner = part(request, `${name}Request`);
      const groupId = textAt(request, 'groupId') ?? textAt(inner, 'GroupId');
      const vpcId = textAt(request, 'vpcId') ?? textAt(inner, 'VpcId');
      if (groupId === null || vpcId === null) return [];
      const kind = name === 'AssociateSecurityGroupVpc' ? 'group-vpc-associated' : 'group-vpc-disassociated';
      return [{ kind, groupId, vpcId }];
    }
    case 'ModifyManagedPrefixList':
      return prefixList(call);
    case 'RestoreManagedPrefixListVersion': {
      const inner = part(request, `${name}Request`);
      return withId(textAt(inner, 'PrefixListId') ?? textAt(request, 'prefixListId'), (prefixListId) => ({
        kind: 'prefix-list-restored',
        prefixListId,
      }));
    }
    case 'CreateNetworkAcl':
      return withId(textAt(part(response, 'networkAcl'), 'networkAclId'), (networkAclId) => ({
        kind: 'acl-created',
        networkAclId,
        vpcId: textAt(request, 'vpcId'),
      }));
    case 'DeleteNetworkAcl':
      return withId(textAt(request, 'networkAclId'), (networkAclId) => ({ kind: 'acl-deleted', networkAclId }));
    case 'CreateNetworkAclEntry':
    case 'ReplaceNetworkAclEntry': {
      const networkAclId = textAt(request, 'networkAclId');
      const entry = aclEntry(request);
      if (networkAclId === null || entry === null) return [];
      const kind = name === 'CreateNetworkAclEntry' ? 'acl-entry-created' : 'acl-entry-replaced';
      return [{ kind, networkAclId, entry }];
    }
    case 'DeleteNetworkAclEntry': {
      const networkAclId = textAt(request, 'networkAclId');
      const ruleNumber = numberAt(request, 'ruleNumber');
      if (networkAclId === null || ruleNumber === null) return [];
      return [{ kind: 'acl-entry-deleted', networkAclId, ruleNumber, egress: textAt(request, 'egress') === 'true' }];
    }
    case 'ReplaceNetworkAclAssociation': {
      const networkAclId = textAt(request, 'networkAclId');
      const oldAssociationId = textAt(request, 'associationId');
      if (networkAclId === null || oldAssociationId === null) return [];
      const newAssociationId = textAt(response, 'newAssociationId');
      return [{ kind: 'acl-association-replaced', networkAclId, oldAssociationId, newAssociationId }];
    }
    case 'ModifyNetworkInterfaceAttribute':
      return withGroups(call, textAt(request, 'networkInterfaceId'), (interfaceId, groupIds) => ({
        kind: 'interface-groups-set',
        interfaceId,
        groupIds,
      }));
    case 'ModifyInstanceAttribute':
      return withGroups(call, textAt(request, 'instanceId'), (instanceId, groupIds) => ({
        kind: 'instance-groups-set',
        instanceId,
        groupIds,
      }));
    case 'UpdateClusterConfig': {
      const given = part(request, 'resourcesVpcConfig');
      return withId(textAt(request, 'name', 'clusterName'), (cluster) => ({
        kind: 'control-plane-set',
        cluster: decoded(cluster),
        groupIds: textsOf(given['securityGroupIds']),
        subnetIds: textsOf(given['subnetIds']),
      }));
    }
    default:
      return name satisfies never;
  }
}

/** The texts of a plain list; null where it is none, or empty. */
function textsOf(value: unknown): string[] | null {
  const texts = Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : [];
  return texts.length === 0 ? null : texts;
}

function withId(id: string | null, touch: (id: string) => NetworkTouch): NetworkTouch[] {
  return id === null ? [] : [touch(id)];
}

function withGroups(
  { request }: Call,
  id: string | null,
  touch: (id: string, groupIds: string[]) => NetworkTouch,
): NetworkTouch[] {
  return id === null ? [] : [touch(id, groupsSet(request))];
}

function groupsSet(request: Fields): string[] {
  return items(request['groupSet']).flatMap((item) => textAt(item, 'groupId') ?? []);
}

/**
 * A call by group name has no id in its request; the response's rules have it. Records from before 2021 have none at all,
 * nor do calls by name that failed: what they let through is known all the same, only not through which group.
 */
function groupOf({ request, response }: Call): string {
  return (
    textAt(request, 'groupId') ??
    textAt(items(response['securityGroupRuleSet'])[0], 'groupId') ??
    textAt(items(response['revokedSecurityGroupRuleSet'])[0], 'groupId') ??
    textAt(response, 'groupId') ??
    unnamedGroup
  );
}

const unnamedGroup = '';

function namesItsGroup(touch: NetworkTouch): boolean {
  return !('groupId' in touch) || touch.groupId !== unnamedGroup;
}

function authorized(call: Call, direction: Direction): NetworkTouch[] {
  const added = items(call.response['securityGroupRuleSet']).flatMap((item) => {
    const rule = ruleOfResponse(item, direction);
    if (rule === null) return [];
    const groupId = textAt(item, 'groupId') ?? groupOf(call);
    return [{ kind: 'rule-added' as const, groupId, ruleId: textAt(item, 'securityGroupRuleId'), rule }];
  });
  if (added.length > 0) return added;
  const groupId = groupOf(call);
  return rulesOfRequest(call.request, direction).map((rule) => ({ kind: 'rule-added', groupId, ruleId: null, rule }));
}

function revoked(call: Call, direction: Direction): NetworkTouch[] {
  const removed = items(call.response['revokedSecurityGroupRuleSet']).flatMap((item) => {
    const rule = ruleOfResponse(item, direction);
    if (rule === null) return [];
    const groupId = textAt(item, 'groupId') ?? groupOf(call);
    return [{ kind: 'rule-removed' as const, groupId, ruleId: textAt(item, 'securityGroupRuleId'), rule }];
  });
  // For a group of the default VPC a rule that was not there is no error: the response lists it as unknown.
  if (removed.length > 0 || items(call.response['unknownIpPermissionSet']).length > 0) return removed;
  const groupId = groupOf(call);
  const byId = listOfTexts(call.request['securityGroupRuleIds'] ?? call.request['securityGroupRuleIdSet'], [
    'securityGroupRuleId',
    'item',
  ]).map((ruleId) => ({ kind: 'rule-removed-by-id' as const, groupId, ruleId, direction }));
  const byRule = rulesOfRequest(call.request, direction).map((rule) => ({
    kind: 'rule-removed' as const,
    groupId,
    ruleId: null,
    rule,
  }));
  return [...byId, ...byRule];
}

function listOfTexts(value: unknown, names: readonly string[]): string[] {
  const within = part({ value }, 'value')['items'] ?? value;
  if (typeof within === 'string') return [within];
  if (!Array.isArray(within)) return [];
  return within.flatMap((item: unknown) => (typeof item === 'string' ? item : (textAt(item, ...names) ?? [])));
}

/** The request is written in PascalCase; one rule is an object, several are a list. */
function modified({ request }: Call): NetworkTouch[] {
  const inner = part(request, 'ModifySecurityGroupRulesRequest');
  const groupId = textAt(inner, 'GroupId') ?? textAt(request, 'groupId');
  if (groupId === null) return [];
  const updates = items(inner['SecurityGroupRule'] ?? request['securityGroupRuleSet'] ?? request['securityGroupRules']);
  return updates.flatMap((update) => {
    const ruleId = textAt(update, 'SecurityGroupRuleId', 'securityGroupRuleId');
    const asked = part(update, 'SecurityGroupRule');
    const rule = ruleOfModification(Object.keys(asked).length > 0 ? asked : part(update, 'securityGroupRule'));
    return ruleId === null || rule === null ? [] : [{ kind: 'rule-modified' as const, groupId, ruleId, rule }];
  });
}

function prefixList({ request }: Call): NetworkTouch[] {
  const inner = part(request, 'ModifyManagedPrefixListRequest');
  const prefixListId = textAt(inner, 'PrefixListId') ?? textAt(request, 'prefixListId');
  if (prefixListId === null) return [];
  const entries = (...names: string[]) =>
    names
      .flatMap((name) => [...items(inner[name]), ...items(request[name])])
      .flatMap((item) => {
        const cidr = textAt(item, 'Cidr', 'cidr');
        return cidr === null
          ? []
          : [{ cidr: canonicalCidr(cidr), description: textAt(item, 'Description', 'description') }];
      });
  const added = entries('AddEntry', 'AddEntries', 'addEntrySet', 'addEntries');
  const removed = entries('RemoveEntry', 'RemoveEntries', 'removeEntrySet', 'removeEntries').map(({ cidr }) => cidr);
  return [{ kind: 'prefix-list-modified', prefixListId, added, removed }];
}

/** The rules that a request spells out, nested or flat. */
function rulesOfRequest(request: Fields, direction: Direction): SecurityGroupRule[] {
  const permissions = items(request['ipPermissions']);
  const nested = permissions.flatMap((permission) => {
    const base = { direction, ...protocolAndPorts(permission, 'ipProtocol', 'fromPort', 'toPort') };
    return [
      ...items(permission['ipRanges']).flatMap((range) =>
        rule(base, range, 'ipv4', textAt(range, 'cidrIp'), textAt(range, 'description')),
      ),
      ...items(permission['ipv6Ranges']).flatMap((range) =>
        rule(base, range, 'ipv6', textAt(range, 'cidrIpv6'), textAt(range, 'description')),
      ),
      ...items(permission['prefixListIds']).flatMap((list) =>
        rule(base, list, 'prefix-list', textAt(list, 'prefixListId'), textAt(list, 'description')),
      ),
      ...items(permission['groups']).flatMap((group) =>
        rule(base, group, 'group', textAt(group, 'groupId', 'groupName'), textAt(group, 'description')),
      ),
    ];
  });
  const base = { direction, ...protocolAndPorts(request, 'ipProtocol', 'fromPort', 'toPort') };
  const flat = [
    ...rule(base, request, 'ipv4', textAt(request, 'cidrIp'), null),
    ...rule(base, request, 'ipv6', textAt(request, 'cidrIpv6'), null),
    ...rule(base, request, 'group', textAt(request, 'sourceSecurityGroupId', 'sourceSecurityGroupName'), null),
  ];
  return [...nested, ...flat];
}

type Base = Pick<SecurityGroupRule, 'direction' | 'protocol' | 'fromPort' | 'toPort'>;

function rule(
  base: Base,
  source: unknown,
  kind: SecurityGroupRule['peer']['kind'],
  id: string | null,
  description: string | null,
): SecurityGroupRule[] {
  if (id === null) return [];
  switch (kind) {
    case 'ipv4':
    case 'ipv6':
      // A flat request writes an IPv6 range as `cidrIp` too.
      return [{ ...base, peer: { kind: id.includes(':') ? 'ipv6' : 'ipv4', cidr: canonicalCidr(id) }, description }];
    case 'prefix-list':
      return [{ ...base, peer: { kind, id }, description }];
    case 'group':
      return [
        { ...base, peer: { kind, id, account: textAt(source, 'userId', 'sourceSecurityGroupOwnerId') }, description },
      ];
    default:
      return kind satisfies never;
  }
}

function ruleOfResponse(item: Fields, direction: Direction): SecurityGroupRule | null {
  const base = { direction, ...protocolAndPorts(item, 'ipProtocol', 'fromPort', 'toPort') };
  const description = textAt(item, 'description');
  const referenced = part(item, 'referencedGroupInfo');
  const [only] = [
    ...rule(base, item, 'ipv4', textAt(item, 'cidrIpv4'), description),
    ...rule(base, item, 'ipv6', textAt(item, 'cidrIpv6'), description),
    ...rule(base, item, 'prefix-list', textAt(item, 'prefixListId'), description),
    ...rule(base, referenced, 'group', textAt(referenced, 'groupId') ?? textAt(item, 'referencedGroupId'), description),
  ];
  return only ?? null;
}

/** A modification never says in which direction its rule goes: that is found when the rule is read. */
function ruleOfModification(item: Fields): SecurityGroupRule | null {
  const base = { direction: 'ingress' as const, ...protocolAndPorts(item, 'IpProtocol', 'FromPort', 'ToPort') };
  const lower = { direction: 'ingress' as const, ...protocolAndPorts(item, 'ipProtocol', 'fromPort', 'toPort') };
  const description = textAt(item, 'Description', 'description');
  const [only] = [
    ...rule(base, item, 'ipv4', textAt(item, 'CidrIpv4'), description),
    ...rule(base, item, 'ipv6', textAt(item, 'CidrIpv6'), description),
    ...rule(base, item, 'prefix-list', textAt(item, 'PrefixListId'), description),
    ...rule(base, item, 'group', textAt(item, 'ReferencedGroupId'), description),
    ...rule(lower, item, 'ipv4', textAt(item, 'cidrIpv4'), description),
    ...rule(lower, item, 'ipv6', textAt(item, 'cidrIpv6'), description),
    ...rule(lower, item, 'prefix-list', textAt(item, 'prefixListId'), description),
    ...rule(lower, item, 'group', textAt(item, 'referencedGroupId'), description),
  ];
  return only ?? null;
}

function protocolAndPorts(source: unknown, protocol: string, from: string, to: string) {
  const name = protocolName(textAt(source, protocol) ?? '-1');
  return { protocol: name, ...numbersOf(name, numberAt(source, from), numberAt(source, to)) };
}

function aclEntry(request: Fields): NetworkAclEntry | null {
  const ruleNumber = numberAt(request, 'ruleNumber');
  const cidr = textAt(request, 'cidrBlock', 'ipv6CidrBlock');
  if (ruleNumber === null || cidr === null) return null;
  const icmp = part(request, 'icmpTypeCode');
  const type = numberAt(icmp, 'type');
  const code = numberAt(icmp, 'code');
  const ports = part(request, 'portRange');
  return {
    ruleNumber,
    egress: textAt(request, 'egress') === 'true',
    action: textAt(request, 'ruleAction') === 'deny' ? 'deny' : 'allow',
    protocol: protocolNumber(textAt(request, 'aclProtocol', 'protocol') ?? '-1'),
    cidr: canonicalCidr(cidr),
    fromPort: numberAt(ports, 'from'),
    toPort: numberAt(ports, 'to'),
    icmp: type === null || code === null ? null : { type, code },
  };
}

function factsOf(name: CallName, touches: readonly NetworkTouch[], changed: boolean): NetworkEventFacts {
  if (touches.length === 0 && changed) {
    // The record is not whole, or what was to be revoked was not there: a revocation opens nothing either way.
    const opensToInternet = name.startsWith('Revoke') ? 'no' : 'unknown';
    return { opensToInternet, ports: [], direction: null, effect: 'unknown' };
  }
  const effects = touches.map(effectOf);
  const { opens, direction, ...opening } = together(effects);
  const ports = [...opening.ports];
  if (!changed) return { opensToInternet: 'no', ports, direction, effect: 'none' };
  return { opensToInternet: opens, ports, direction, effect: overall(effects.map(({ effect }) => effect)) };
}
