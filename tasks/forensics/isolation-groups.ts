import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type Filter,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import stringify from 'safe-stable-stringify';
import * as z from 'zod';
import type { SecurityGroupRule } from '../../runbooks/network-change';
import type { NodeForensicsSettings } from '../../runbooks/node-forensics';
import type { ActionContext } from '../actions/action';
import { filter, ipPermission, readGroups, readRules } from '../aws/network';
import { readNodes } from '../aws/nodes';
import { isTransient } from '../contract';
import { errorName } from '../errors';
import type { Permission } from '../permission';

/**
 * The two security groups of each VPC by which a node is cut off. Tracked connections outlive a change of groups: an
 * interface first gets a group that allows everything both ways, by which its flows are no longer tracked, and then the
 * one that allows nothing. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
export const isolationName = 'eks-incident-response-isolation';
const untrackName = 'eks-incident-response-untrack';
/** On an instance that is isolated: by which incident. */
export const isolationTag = 'eks-incident-response/isolated-by';

/** What may still be reached from isolated interfaces, and from where they may be: nothing else. */
export const allowance = z.strictObject({
  egress: z.array(z.union([z.strictObject({ cidr: z.string() }), z.strictObject({ prefixList: z.string() })])),
  ingress: z.array(z.strictObject({ cidr: z.string() })),
});
export type Allowance = z.infer<typeof allowance>;

/** The agent of Systems Manager needs all of these, and S3 to leave what it collects. */
const agentServices = ['ssm', 'ssmmessages', 'ec2messages'] as const;

/**
 * What the VPC has for collecting evidence from an isolated node; null where it lacks any of it. Endpoints by the addresses of
 * their interfaces: their groups may be those of other nodes or of the API server, too.
 */
export async function collectionAllowance(ec2: EC2Client, vpcId: string): Promise<Allowance['egress'] | null> {
  const { VpcEndpoints } = await ec2.send(
    new DescribeVpcEndpointsCommand({
      Filters: [filter('vpc-id', [vpcId]), filter('vpc-endpoint-state', ['available'])],
    }),
  );
  const endpoints = VpcEndpoints ?? [];
  const of = (service: string) => endpoints.filter(({ ServiceName }) => ServiceName?.endsWith(`.${service}`));
  const interfacesOf = (found: readonly VpcEndpoint[]) => found.flatMap((it) => it.NetworkInterfaceIds ?? []);
  const agent = agentServices.map((service) => interfacesOf(of(service)));
  const gateway = of('s3').find(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
  const s3 = gateway === undefined ? interfacesOf(of('s3')) : [];
  const needed = gateway === undefined ? [...agent, s3] : agent;
  if (needed.some((interfaces) => interfaces.length === 0)) return null;
  const [addresses, store] = await Promise.all([
    addressesOf(ec2, needed.flat()),
    gateway === undefined ? [] : s3PrefixList(ec2, gateway.ServiceName ?? ''),
  ]);
  const known = needed.every((interfaces) => interfaces.some((id) => addresses.has(id)));
  if (!known || (gateway !== undefined && store.length === 0)) return null;
  return [...[...new Set([...addresses.values()].flat())].sort().map((cidr) => ({ cidr })), ...store];
}

/** The addresses of interfaces, each as a CIDR of its own. */
async function addressesOf(ec2: EC2Client, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { NetworkInterfaces } = await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [filter('network-interface-id', [...new Set(ids)])] }),
  );
  const found = (NetworkInterfaces ?? []).map((it): [string, string[]] => [
    it.NetworkInterfaceId ?? '',
    [
      ...(it.PrivateIpAddress === undefined ? [] : [`${it.PrivateIpAddress}/32`]),
      ...(it.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) =>
        Ipv6Address === undefined ? [] : [`${Ipv6Address}/128`],
      ),
    ],
  ]);
  return new Map(found.filter(([, cidrs]) => cidrs.length > 0));
}

async function s3PrefixList(ec2: EC2Client, service: string): Promise<{ prefixList: string }[]> {
  const { PrefixLists } = await ec2.send(
    new DescribePrefixListsCommand({ Filters: [filter('prefix-list-name', [service])] }),
  );
  return (PrefixLists ?? []).flatMap(({ PrefixListId }) =>
    PrefixListId === undefined ? [] : [{ prefixList: PrefixListId }],
  );
}

export async function allowanceFor(
  { aws, problems }: Pick<ActionContext, 'aws' | 'problems'>,
  vpcId: string,
  { letCollectionThrough, forensicHost }: Pick<NodeForensicsSettings, 'letCollectionThrough' | 'forensicHost'>,
): Promise<Allowance> {
  const ingress = forensicHost === null ? [] : [{ cidr: forensicHost }];
  if (!letCollectionThrough) return { egress: [], ingress };
  try {
    return { egress: (await collectionAllowance(aws.ec2, vpcId)) ?? [], ingress };
  } catch (error) {
    if (isTransient(error)) throw error;
    // Rather cut off altogether than not at all.
    problems.add(`the endpoints of ${vpcId} were not looked at, so nothing is let through: ${errorName(error)}`);
    return { egress: [], ingress };
  }
}

export interface Groups {
  readonly isolation: string;
  readonly untrack: string;
}

/** The groups of a VPC; null where one is missing. */
export async function findGroups(ec2: EC2Client, vpcId: string): Promise<Groups | null> {
  const found = await readGroups(ec2, filter('vpc-id', [vpcId]), filter('group-name', [isolationName, untrackName]));
  const idOf = (wanted: string) => found.find(({ name }) => name === wanted)?.id;
  const [isolation, untrack] = [idOf(isolationName), idOf(untrackName)];
  return isolation === undefined || untrack === undefined ? null : { isolation, untrack };
}

/** On the groups that are made here, with their name. */
const groupTag = 'eks-incident-response/group';
const anyGroup = `arn:\${Partition}:ec2:\${Region}:\${Account}:security-group/*` as const;
const ofOurs = (key: 'RequestTag' | 'ResourceTag') => ({
  StringEquals: { [`aws:${key}/${groupTag}`]: [isolationName, untrackName] },
});

/** What it takes to make the groups of a VPC, and no other. */
export const makeIsolationGroups: readonly Permission[] = [
  { actions: ['ec2:CreateSecurityGroup'], on: [anyGroup], conditions: ofOurs('RequestTag') },
  { actions: ['ec2:CreateSecurityGroup'], on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:vpc/*`] },
  {
    actions: ['ec2:CreateTags'],
    on: [anyGroup],
    conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } },
  },
  {
    actions: [
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:RevokeSecurityGroupIngress',
    ],
    on: [anyGroup],
    conditions: ofOurs('ResourceTag'),
  },
];

/** What it takes to take them away. */
export const deleteIsolationGroups: Permission = {
  actions: ['ec2:DeleteSecurityGroup'],
  on: [anyGroup],
  conditions: ofOurs('ResourceTag'),
};

/** Makes the groups where they are not there, and makes their rules what they must be where somebody has changed them. */
export async function ensureGroups(ec2: EC2Client, vpcId: string, allowed: Allowance): Promise<Groups> {
  const [isolation, untrack] = await Promise.all([
    ensureGroup(ec2, vpcId, isolationName, 'No traffic: interfaces of isolated nodes', isolationRules(allowed)),
    ensureGroup(ec2, vpcId, untrackName, 'All traffic, for a moment: ends the tracking of connections', untrackRules),
  ]);
  return { isolation, untrack };
}

/** The release of another node of the VPC may take the groups away between any two calls: it is begun anew then. */
async function untilThere<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt === attempts || !isNotThere(error)) throw error;
    }
  }
}

/** As EC2 says it of a group that has gone. */
class GroupNotFound extends Error {
  override readonly name = 'InvalidGroup.NotFound';
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidGroup.NotFound';
}

function ensureGroup(
  ec2: EC2Client,
  vpcId: string,
  name: string,
  description: string,
  wanted: readonly SecurityGroupRule[],
): Promise<string> {
  return untilThere(async () => {
    const known = await readGroups(ec2, filter('vpc-id', [vpcId]), filter('group-name', [name]));
    const id = known[0]?.id ?? (await makeGroup(ec2, vpcId, name, description));
    for (let attempt = 1; !(await setRules(ec2, id, wanted, attempt === attempts)); attempt++);
    return id;
  });
}

/** Another node of the VPC may be isolated at this moment, and the same rules set. */
const attempts = 3;
const setMeanwhile = new Set(['InvalidPermission.Duplicate', 'InvalidPermission.NotFound']);

/** Gives a group exactly these rules. False: somebody has been at it meanwhile, and it is to be looked at again. */
async function setRules(
  ec2: EC2Client,
  id: string,
  wanted: readonly SecurityGroupRule[],
  last: boolean,
): Promise<boolean> {
  // A new group comes with IPv4 egress open, and IPv6 where the VPC has it.
  const present = (await readRules(ec2, [id])).map(({ rule }) => rule);
  const [extra, missing] = [without(present, wanted), without(wanted, present)];
  const request = (rules: readonly SecurityGroupRule[], direction: SecurityGroupRule['direction']) => ({
    GroupId: id,
    IpPermissions: rules.filter((rule) => rule.direction === direction).map(ipPermission),
  });
  // No rule is both taken away and added: none of these waits for another.
  const [closeIn, closeOut] = [request(extra, 'ingress'), request(extra, 'egress')];
  const [openIn, openOut] = [request(missing, 'ingress'), request(missing, 'egress')];
  const isAsked = ({ IpPermissions }: { IpPermissions: unknown[] }) => IpPermissions.length > 0;
  const calls = await Promise.allSettled([
    isAsked(closeIn) ? ec2.send(new RevokeSecurityGroupIngressCommand(closeIn)) : null,
    isAsked(closeOut) ? ec2.send(new RevokeSecurityGroupEgressCommand(closeOut)) : null,
    isAsked(openIn) ? ec2.send(new AuthorizeSecurityGroupIngressCommand(openIn)) : null,
    isAsked(openOut) ? ec2.send(new AuthorizeSecurityGroupEgressCommand(openOut)) : null,
  ]);
  const errors = calls.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
  const stops = errors.find((it) => last || !(it instanceof Error && setMeanwhile.has(it.name)));
  if (stops !== undefined) throw stops;
  return errors.length === 0;
}

async function makeGroup(ec2: EC2Client, vpcId: string, name: string, description: string): Promise<string> {
  try {
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: description,
        VpcId: vpcId,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: groupTag, Value: name }] }],
      }),
    );
    return GroupId ?? '';
  } catch (error) {
    // Another node of this VPC is being isolated at this moment.
    if (!(error instanceof Error && error.name === 'InvalidGroup.Duplicate')) throw error;
    const [made] = await readGroups(ec2, filter('vpc-id', [vpcId]), filter('group-name', [name]));
    if (made === undefined) throw new GroupNotFound(`${name} of ${vpcId} has gone again`);
    return made.id;
  }
}

/** Whether the isolation group lets through exactly what it should. */
export async function isAsWanted(ec2: EC2Client, vpcId: string, allowed: Allowance): Promise<boolean> {
  const groups = await findGroups(ec2, vpcId);
  if (groups === null) return false;
  const present = (await readRules(ec2, [groups.isolation])).map(({ rule }) => rule);
  const wanted = isolationRules(allowed);
  return without(present, wanted).length === 0 && without(wanted, present).length === 0;
}

const alive = filter('instance-state-name', ['pending', 'running', 'stopping', 'stopped']);

/**
 * Deletes the groups unless another node of the VPC is isolated: its interfaces have them, or will have by the mark that it
 * has from the beginning, and those that it gets later need both groups. `released` is the node whose mark has just been
 * taken away, which EC2 may still show.
 */
export async function deleteUnusedGroups(ec2: EC2Client, vpcId: string, released: string): Promise<void> {
  const [marked, groups] = await Promise.all([
    readNodes(ec2, filter('vpc-id', [vpcId]), filter('tag-key', [isolationTag]), alive),
    readGroups(ec2, filter('vpc-id', [vpcId]), filter('group-name', [isolationName, untrackName])),
  ]);
  if (marked.some(({ id }) => id !== released)) return;
  // The isolation group first: where it is in use the other one stays too.
  for (const { id } of groups.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    try {
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    } catch (error) {
      if (error instanceof Error && error.name === 'DependencyViolation') return;
      // Another release was faster.
      if (!isNotThere(error)) throw error;
    }
  }
}

function isolationRules({ egress, ingress }: Allowance): SecurityGroupRule[] {
  const https = { protocol: 'tcp', fromPort: 443, toPort: 443, description: null } as const;
  return [
    ...egress.map((peer) => ({
      ...https,
      direction: 'egress' as const,
      peer: 'cidr' in peer ? asPeer(peer.cidr) : { kind: 'prefix-list' as const, id: peer.prefixList },
    })),
    ...ingress.map(({ cidr }) => ({
      direction: 'ingress' as const,
      protocol: '-1',
      fromPort: null,
      toPort: null,
      description: null,
      peer: asPeer(cidr),
    })),
  ];
}

function asPeer(cidr: string) {
  return { kind: cidr.includes(':') ? ('ipv6' as const) : ('ipv4' as const), cidr };
}

const everything = { protocol: '-1', fromPort: null, toPort: null, description: null } as const;
const untrackRules: readonly SecurityGroupRule[] = (['ingress', 'egress'] as const).flatMap((direction) => [
  { ...everything, direction, peer: { kind: 'ipv4' as const, cidr: '0.0.0.0/0' } },
  { ...everything, direction, peer: { kind: 'ipv6' as const, cidr: '::/0' } },
]);

function without(rules: readonly SecurityGroupRule[], others: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  const known = new Set(others.map(keyOf));
  return rules.filter((rule) => !known.has(keyOf(rule)));
}

function keyOf({ direction, protocol, fromPort, toPort, peer }: SecurityGroupRule): string {
  const to = peer.kind === 'group' ? { kind: peer.kind, id: peer.id } : peer;
  return stringify({ direction, protocol, fromPort, toPort, to }) ?? '';
}

/** The security groups of interfaces, the isolation group by its name: its id differs from VPC to VPC and is made when needed. */
export async function groupsOfInterfaces(
  ec2: EC2Client,
  ...filters: readonly Filter[]
): Promise<{ readonly id: string; readonly groups: string[] }[]> {
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [...filters] }));
  return (NetworkInterfaces ?? []).map(({ NetworkInterfaceId = '', Groups = [] }) => ({
    id: NetworkInterfaceId,
    groups: Groups.map(({ GroupId = '', GroupName }) => (GroupName === isolationName ? isolationName : GroupId)).sort(),
  }));
}

/** Both steps for one interface. `ensure` answers the groups where they are not there, or no longer. */
export function cutOff(
  ec2: EC2Client,
  interfaceId: string,
  known: Groups | null,
  ensure: () => Promise<Groups>,
): Promise<void> {
  return untilThere(async (attempt) => {
    const { isolation, untrack } = (attempt === 1 ? known : null) ?? (await ensure());
    for (const group of [untrack, isolation]) {
      await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: interfaceId, Groups: [group] }));
    }
  });
}
