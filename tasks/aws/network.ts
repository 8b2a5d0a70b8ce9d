import {
  DescribeInstancesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSecurityGroupVpcAssociationsCommand,
  type EC2Client,
  type NetworkAclEntry as Ec2Entry,
  type SecurityGroupRule as Ec2Rule,
  type Filter,
  GetManagedPrefixListEntriesCommand,
  type IpPermission,
  type Tag,
} from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, type EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import type { NetworkAclEntry, SecurityGroupRule } from '../../runbooks/network-change';
import { clusterTagKeys, clusterTagPrefix } from '../../runbooks/node-lifecycle';
import { numbersOf, protocolName } from '../network/protocols';

/**
 * Reads networks as our vocabulary has them. Everything is asked for by filter and read to the last page; what is gone is
 * simply not in the answer. Errors are AWS's own.
 */

export type Tags = Readonly<Record<string, string>>;

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly tags: Tags;
}

export interface Rule {
  readonly ruleId: string;
  readonly rule: SecurityGroupRule;
}

export interface NetworkAcl {
  readonly id: string;
  readonly vpcId: string;
  /** A subnet that nobody gave another network ACL has its VPC's default one. */
  readonly isDefault: boolean;
  readonly entries: readonly NetworkAclEntry[];
  readonly associations: readonly { readonly associationId: string; readonly subnetId: string }[];
  readonly tags: Tags;
}

export interface NetworkInterface {
  readonly id: string;
  readonly description: string;
  readonly groupIds: readonly string[];
  readonly instanceId: string | null;
  readonly deviceIndex: number | null;
  readonly subnetId: string;
  readonly tags: Tags;
}

export interface Instance {
  readonly id: string;
  readonly subnetId: string | null;
  readonly tags: Tags;
}

export interface Cluster {
  readonly name: string;
  readonly vpcId: string;
  readonly clusterSecurityGroupId: string | null;
  readonly controlPlaneGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly tags: Tags;
}

/** Reads page after page; `NextToken` is EC2's way. */
export async function pages<Page extends { NextToken?: string | undefined }>(
  ask: (token: { NextToken?: string }) => Promise<Page>,
): Promise<Page[]> {
  const found: Page[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token === undefined ? {} : { NextToken: token });
    found.push(page);
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found;
}

/** EC2 takes so many values in a filter. */
export const filterValues = 200;

export function filter(name: string, values: readonly string[]): Filter {
  return { Name: name, Values: [...values] };
}

export async function readGroups(ec2: EC2Client, ...filters: readonly Filter[]): Promise<Group[]> {
  const all = await pages((token) => ec2.send(new DescribeSecurityGroupsCommand({ Filters: [...filters], ...token })));
  return all
    .flatMap(({ SecurityGroups }) => SecurityGroups ?? [])
    .map(({ GroupId, GroupName, VpcId, Tags }) => ({
      id: GroupId ?? '',
      name: GroupName ?? '',
      vpcId: VpcId ?? '',
      tags: tagsOf(Tags),
    }));
}

export async function readRules(ec2: EC2Client, groupIds: readonly string[]): Promise<(Rule & { groupId: string })[]> {
  const found = [];
  for (let start = 0; start < groupIds.length; start += filterValues) {
    const Filters = [filter('group-id', groupIds.slice(start, start + filterValues))];
    found.push(...(await pages((token) => ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, ...token })))));
  }
  return found.flatMap(({ SecurityGroupRules }) => SecurityGroupRules ?? []).flatMap(ruleOf);
}

function ruleOf(it: Ec2Rule): (Rule & { groupId: string })[] {
  const protocol = protocolName(it.IpProtocol ?? '-1');
  const peer: SecurityGroupRule['peer'] | null =
    it.CidrIpv4 !== undefined
      ? { kind: 'ipv4', cidr: it.CidrIpv4 }
      : it.CidrIpv6 !== undefined
        ? { kind: 'ipv6', cidr: it.CidrIpv6 }
        : it.PrefixListId !== undefined
          ? { kind: 'prefix-list', id: it.PrefixListId }
          : it.ReferencedGroupInfo?.GroupId !== undefined
            ? { kind: 'group', id: it.ReferencedGroupInfo.GroupId, account: it.ReferencedGroupInfo.UserId ?? null }
            : null;
  if (peer === null) return [];
  return [
    {
      groupId: it.GroupId ?? '',
      ruleId: it.SecurityGroupRuleId ?? '',
      rule: {
        direction: it.IsEgress === true ? 'egress' : 'ingress',
        protocol,
        ...numbersOf(protocol, it.FromPort, it.ToPort),
        peer,
        description: it.Description ?? null,
      },
    },
  ];
}

/** A rule as the calls that add and remove rules take it. */
export function ipPermission(rule: SecurityGroupRule): IpPermission {
  const description = rule.description === null ? {} : { Description: rule.description };
  const base: IpPermission = { IpProtocol: rule.protocol, ...namedNumbers(rule) };
  switch (rule.peer.kind) {
    case 'ipv4':
      return { ...base, IpRanges: [{ CidrIp: rule.peer.cidr, ...description }] };
    case 'ipv6':
      return { ...base, Ipv6Ranges: [{ CidrIpv6: rule.peer.cidr, ...description }] };
    case 'prefix-list':
      return { ...base, PrefixListIds: [{ PrefixListId: rule.peer.id, ...description }] };
    case 'group': {
      const account = rule.peer.account === null ? {} : { UserId: rule.peer.account };
      return { ...base, UserIdGroupPairs: [{ GroupId: rule.peer.id, ...account, ...description }] };
    }
    default:
      return rule.peer satisfies never;
  }
}

/** TCP, UDP and ICMP must name their numbers: all of them, where the rule has none. */
function namedNumbers({ protocol, fromPort, toPort }: SecurityGroupRule) {
  if (fromPort !== null) return { FromPort: fromPort, ToPort: toPort ?? -1 };
  if (protocol === 'tcp' || protocol === 'udp') return { FromPort: 0, ToPort: 65_535 };
  return protocol === 'icmp' || protocol === 'icmpv6' ? { FromPort: -1, ToPort: -1 } : {};
}

export async function readNetworkAcls(ec2: EC2Client, ...filters: readonly Filter[]): Promise<NetworkAcl[]> {
  const all = await pages((token) => ec2.send(new DescribeNetworkAclsCommand({ Filters: [...filters], ...token })));
  return all
    .flatMap(({ NetworkAcls }) => NetworkAcls ?? [])
    .map((acl) => ({
      id: acl.NetworkAclId ?? '',
      vpcId: acl.VpcId ?? '',
      isDefault: acl.IsDefault ?? false,
      // 32767 is the entry that every network ACL ends with and nobody can change.
      entries: (acl.Entries ?? []).filter(({ RuleNumber }) => (RuleNumber ?? 0) < 32_767).map(entryOf),
      associations: (acl.Associations ?? []).map(({ NetworkAclAssociationId, SubnetId }) => ({
        associationId: NetworkAclAssociationId ?? '',
        subnetId: SubnetId ?? '',
      })),
      tags: tagsOf(acl.Tags),
    }));
}

function entryOf(entry: Ec2Entry): NetworkAclEntry {
  const { IcmpTypeCode: icmp } = entry;
  return {
    ruleNumber: entry.RuleNumber ?? 0,
    egress: entry.Egress ?? false,
    action: entry.RuleAction === 'deny' ? 'deny' : 'allow',
    protocol: entry.Protocol ?? '-1',
    cidr: entry.CidrBlock ?? entry.Ipv6CidrBlock ?? '',
    fromPort: entry.PortRange?.From ?? null,
    toPort: entry.PortRange?.To ?? null,
    icmp: icmp?.Type === undefined || icmp.Code === undefined ? null : { type: icmp.Type, code: icmp.Code },
  };
}

export async function readInterfaces(ec2: EC2Client, ...filters: readonly Filter[]): Promise<NetworkInterface[]> {
  const all = await pages((token) =>
    ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [...filters], ...token })),
  );
  return all
    .flatMap(({ NetworkInterfaces }) => NetworkInterfaces ?? [])
    .map((it) => ({
      id: it.NetworkInterfaceId ?? '',
      description: it.Description ?? '',
      groupIds: (it.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []).sort(),
      instanceId: it.Attachment?.InstanceId ?? null,
      deviceIndex: it.Attachment?.DeviceIndex ?? null,
      subnetId: it.SubnetId ?? '',
      tags: tagsOf(it.TagSet),
    }));
}

export async function readInstances(ec2: EC2Client, ...filters: readonly Filter[]): Promise<Instance[]> {
  const all = await pages((token) => ec2.send(new DescribeInstancesCommand({ Filters: [...filters], ...token })));
  return all
    .flatMap(({ Reservations }) => Reservations ?? [])
    .flatMap(({ Instances }) => Instances ?? [])
    .map(({ InstanceId, SubnetId, Tags }) => ({
      id: InstanceId ?? '',
      subnetId: SubnetId ?? null,
      tags: tagsOf(Tags),
    }));
}

export interface PrefixList {
  readonly id: string;
  readonly version: number;
  /** `create-complete`, `modify-in-progress`, `modify-complete`, … */
  readonly state: string;
  readonly entries: readonly { readonly cidr: string; readonly description: string | null }[];
  readonly tags: Tags;
}

export async function readPrefixList(ec2: EC2Client, id: string): Promise<PrefixList | null> {
  const { PrefixLists } = await ec2.send(
    new DescribeManagedPrefixListsCommand({ Filters: [filter('prefix-list-id', [id])] }),
  );
  const [list] = PrefixLists ?? [];
  if (list === undefined) return null;
  const all = await pages((token) => ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: id, ...token })));
  return {
    id,
    version: list.Version ?? 1,
    state: list.State ?? '',
    entries: all
      .flatMap(({ Entries }) => Entries ?? [])
      .map(({ Cidr, Description }) => ({ cidr: Cidr ?? '', description: Description ?? null })),
    tags: tagsOf(list.Tags),
  };
}

/** The groups with a rule that refers to a prefix list. */
export async function groupsReferringTo(ec2: EC2Client, prefixListId: string): Promise<Group[]> {
  const ingress = await readGroups(ec2, filter('ip-permission.prefix-list-id', [prefixListId]));
  const egress = await readGroups(ec2, filter('egress.ip-permission.prefix-list-id', [prefixListId]));
  return [...new Map([...ingress, ...egress].map((group) => [group.id, group])).values()];
}

/** The rules that refer to a prefix list. */
export async function rulesReferringTo(ec2: EC2Client, prefixListId: string): Promise<SecurityGroupRule[]> {
  const groups = await groupsReferringTo(ec2, prefixListId);
  const groupIds = groups.map(({ id }) => id);
  return (await readRules(ec2, groupIds))
    .map(({ rule }) => rule)
    .filter(({ peer }) => peer.kind === 'prefix-list' && peer.id === prefixListId);
}

/** `associated`, `associating`, `disassociating`, …; null where there is no association. */
export async function readVpcAssociation(ec2: EC2Client, groupId: string, vpcId: string): Promise<string | null> {
  const { SecurityGroupVpcAssociations } = await ec2.send(
    new DescribeSecurityGroupVpcAssociationsCommand({
      Filters: [filter('group-id', [groupId]), filter('vpc-id', [vpcId])],
    }),
  );
  const state = SecurityGroupVpcAssociations?.[0]?.State;
  return state === undefined || state === 'disassociated' ? null : state;
}

/** The names of every cluster of the account and Region. */
export async function listClusters(eks: EKSClient): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await eks.send(new ListClustersCommand(token === undefined ? {} : { nextToken: token }));
    names.push(...(page.clusters ?? []));
    token = page.nextToken;
  } while (token !== undefined);
  return names;
}

/** Every cluster of the account and Region. One that goes away between the list and the look is left out. */
export async function readClusters(eks: EKSClient): Promise<Cluster[]> {
  const found = [];
  for (const name of await listClusters(eks)) {
    const cluster = await readCluster(eks, name);
    if (cluster !== null) found.push(cluster);
  }
  return found;
}

export async function readCluster(eks: EKSClient, name: string): Promise<Cluster | null> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    const vpc = cluster?.resourcesVpcConfig;
    return {
      name,
      vpcId: vpc?.vpcId ?? '',
      clusterSecurityGroupId: vpc?.clusterSecurityGroupId ?? null,
      controlPlaneGroupIds: vpc?.securityGroupIds ?? [],
      subnetIds: vpc?.subnetIds ?? [],
      tags: cluster?.tags ?? {},
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
    throw error;
  }
}

/** The cluster that an instance or an interface says it belongs to, by the tags that EKS, its nodes and its CNI set. */
export function clusterByTags(tags: Tags): string | null {
  const named = clusterTagKeys.map((key) => tags[key]).find((name) => name !== undefined && name !== '');
  if (named !== undefined) return named;
  const owned = Object.keys(tags).find((key) => key.startsWith(clusterTagPrefix));
  return owned === undefined ? null : owned.slice(clusterTagPrefix.length);
}

/** Who made a resource and will make it so again: whatever is changed by hand comes back with their next run. */
export function ownerByTags(tags: Tags): string | null {
  const stack = tags['aws:cloudformation:stack-name'];
  if (stack !== undefined) return `the CloudFormation stack ${stack}`;
  if (Object.keys(tags).some((key) => key.startsWith('karpenter.sh/'))) return 'Karpenter';
  const manager = Object.entries(tags).find(([key]) => /^(managed-?by|provisioner|terraform)$/i.test(key));
  if (manager !== undefined) return /^terraform$/i.test(manager[0]) ? 'Terraform' : manager[1];
  return null;
}

export function tagsOf(tags: readonly Pick<Tag, 'Key' | 'Value'>[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}
