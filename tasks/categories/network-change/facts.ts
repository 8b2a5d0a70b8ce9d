import {
  type InternetExposure,
  type NetworkAclEntry,
  type NetworkChangeFacts,
  type NetworkEventFacts,
  type NetworkTouch,
  networkEventFacts,
  type SecurityGroupRule,
} from '../../../runbooks/network-change';
import type { ActionContext } from '../../actions/action';
import { touchesOf } from '../../actions/touches';
import {
  type Cluster,
  filter,
  type NetworkAcl,
  readClusters,
  readGroups,
  readInterfaces,
  readNetworkAcls,
  readPrefixList,
  readRules,
} from '../../aws/network';
import { recordedVpcConfig } from '../../clusters/vpc-config';
import type { Dossier } from '../../dossier';
import { isEveryAddress, portsOf } from '../../network/addresses';
import { missingOfMinimum } from '../../network/minimum';
import { readPrior } from '../../network/prior';
import { groupState, interfaceState, networkAclState, subnetState } from '../../network/state';
import type { Reach } from '../../store/incidents';

type Direction = NetworkEventFacts['direction'];

/** What one touch amounts to, now that AWS can be asked. */
interface Judged {
  readonly opens: InternetExposure;
  readonly ports: readonly string[];
  readonly direction: Direction;
  readonly breaks: boolean;
  readonly before: NetworkChangeFacts['before'];
}

/**
 * The facts of the whole incident. What a record alone could not say is read from AWS; what cannot be read stays
 * `unknown`.
 */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  sensitive: readonly number[],
): Promise<NetworkChangeFacts> {
  const clusters = (await readClusters(context.aws.eks)).filter(({ name }) =>
    reach.clusters.some((touched) => touched.name === name),
  );
  const judged = [];
  for (const { touch, time } of touchesOf(dossier)) judged.push(await judge(context, touch, time, clusters));

  const events = dossier.events.map(({ facts }) => networkEventFacts.parse(facts));
  const opening = judged.filter(({ opens }) => opens === 'yes');
  // What is open to the internet is what the plan must see first: its direction and its ports come before the others'.
  const leading = opening.length > 0 ? opening : judged;
  const ingress = opening.filter(({ direction }) => direction !== 'egress');
  const exposures = judged.map(({ opens }) => opens);
  return {
    opensToInternet: exposures.includes('yes') ? 'yes' : exposures.includes('unknown') ? 'unknown' : 'no',
    ports: [...new Set(leading.flatMap(({ ports }) => ports))].sort(),
    direction: together(leading.map(({ direction }) => direction)),
    effect: overall(events.map(({ effect }) => effect)),
    sensitivePorts: sensitive.filter((port) => ingress.some(({ ports }) => ports.some((range) => holds(range, port)))),
    touches: [...reach.touches] as NetworkChangeFacts['touches'],
    breaksClusterTraffic: judged.some(({ breaks }) => breaks),
    before: worst(judged.map(({ before }) => before)),
    exposed: [...reach.exposed],
  };
}

async function judge(
  context: ActionContext,
  touch: NetworkTouch,
  time: string,
  clusters: readonly Cluster[],
): Promise<Judged> {
  const { ec2 } = context.aws;
  const known = { before: 'event' as const };
  switch (touch.kind) {
    case 'rule-added':
      return { ...(await ofRule(context, touch.rule)), breaks: false, ...known };
    case 'rule-removed':
      return { ...quiet(touch.rule), breaks: carriesCluster(touch.groupId, touch.rule, clusters), ...known };
    case 'rule-removed-by-id':
    case 'rule-modified': {
      const prior = await readPrior(context, { type: 'AWS::EC2::SecurityGroup', id: touch.groupId }, time, groupState);
      const was = prior?.state.rules.find(({ ruleId }) => ruleId === touch.ruleId)?.rule;
      const breaks = was !== undefined && carriesCluster(touch.groupId, was, clusters);
      const before = prior?.from ?? 'unknown';
      if (touch.kind === 'rule-removed-by-id') {
        return { opens: 'no', ports: [], direction: touch.direction, breaks, before };
      }
      const present = (await readRules(ec2, [touch.groupId])).find(({ ruleId }) => ruleId === touch.ruleId);
      return { ...(await ofRule(context, present?.rule ?? touch.rule)), breaks, before };
    }
    case 'rule-deviation': {
      const rules = (await readRules(ec2, [touch.groupId])).map(({ rule }) => rule);
      const breaks = clusters.some(
        ({ clusterSecurityGroupId }) =>
          clusterSecurityGroupId === touch.groupId && missingOfMinimum(touch.groupId, rules).length > 0,
      );
      return { ...(await ofGroups(context, [touch.groupId])), breaks, before: 'unknown' };
    }
    case 'group-created':
    case 'acl-created':
    case 'acl-deleted':
      return { opens: 'no', ports: [], direction: null, breaks: false, ...known };
    case 'group-deleted':
      return { opens: 'no', ports: [], direction: 'both', breaks: false, ...known };
    case 'group-vpc-associated':
      return { ...(await ofGroups(context, [touch.groupId])), breaks: false, ...known };
    case 'group-vpc-disassociated':
      return { opens: 'no', ports: [], direction: 'both', breaks: false, ...known };
    case 'prefix-list-modified': {
      const world = touch.added.some(({ cidr }) => isEveryAddress(cidr));
      const rules = await rulesReferringTo(context, touch.prefixListId);
      const ports = rules.flatMap((rule) => portsOf(rule.protocol, rule.fromPort, rule.toPort));
      const direction = together(rules.map((rule) => rule.direction));
      return { opens: world ? 'yes' : 'no', ports, direction, breaks: false, ...known };
    }
    case 'acl-entry-created':
      return { ...ofEntry(touch.entry), breaks: deniesCluster(touch.entry), ...known };
    case 'acl-entry-replaced':
    case 'acl-entry-deleted': {
      const target = { type: 'AWS::EC2::NetworkAcl', id: touch.networkAclId };
      const before = (await readPrior(context, target, time, networkAclState))?.from ?? 'unknown';
      const [acl] = await readNetworkAcls(ec2, filter('network-acl-id', [touch.networkAclId]));
      if (touch.kind === 'acl-entry-replaced') {
        return { ...ofEntry(touch.entry), breaks: deniesCluster(touch.entry) || isShut(acl), before };
      }
      const direction = touch.egress ? 'egress' : 'ingress';
      return { ...ofAcl(acl, direction), breaks: isShut(acl), before };
    }
    case 'acl-association-replaced': {
      const [acl] = await readNetworkAcls(ec2, filter('network-acl-id', [touch.networkAclId]));
      const subnetId = acl?.associations.find(
        ({ associationId }) => associationId === touch.newAssociationId,
      )?.subnetId;
      const target = { type: 'AWS::EC2::Subnet', id: subnetId ?? '' };
      const before = (await readPrior(context, target, time, subnetState))?.from ?? 'unknown';
      return { ...ofAcl(acl, 'ingress'), direction: 'both', breaks: isShut(acl), before };
    }
    case 'control-plane-set': {
      const target = { type: 'AWS::EKS::Cluster', id: touch.cluster };
      const before = (await readPrior(context, target, time, recordedVpcConfig))?.from ?? 'unknown';
      // The interfaces that EKS places into the subnets have these groups: what they let in reaches the control plane.
      return { ...(await ofGroups(context, touch.groupIds ?? [])), breaks: false, before };
    }
    case 'interface-groups-set':
    case 'instance-groups-set': {
      const [found] =
        touch.kind === 'interface-groups-set'
          ? await readInterfaces(ec2, filter('network-interface-id', [touch.interfaceId]))
          : await readInterfaces(ec2, filter('attachment.instance-id', [touch.instanceId]));
      const target = { type: 'AWS::EC2::NetworkInterface', id: found?.id ?? '' };
      const prior = await readPrior(context, target, time, interfaceState);
      const needed = clusters.flatMap(({ clusterSecurityGroupId }) => clusterSecurityGroupId ?? []);
      const lost = needed.some((id) => prior?.state.groupIds.includes(id) && !touch.groupIds.includes(id));
      return { ...(await ofGroups(context, touch.groupIds)), breaks: lost, before: prior?.from ?? 'unknown' };
    }
    default:
      return touch satisfies never;
  }
}

type Opening = Pick<Judged, 'opens' | 'ports' | 'direction'>;

function quiet({ direction, protocol, fromPort, toPort }: SecurityGroupRule): Opening {
  return { opens: 'no', direction, ports: portsOf(protocol, fromPort, toPort) };
}

async function ofRule({ aws }: ActionContext, rule: SecurityGroupRule): Promise<Opening> {
  const { peer } = rule;
  if (peer.kind === 'group') return quiet(rule);
  if (peer.kind !== 'prefix-list') return { ...quiet(rule), opens: isEveryAddress(peer.cidr) ? 'yes' : 'no' };
  const list = await readPrefixList(aws.ec2, peer.id);
  // AWS's own lists (S3, DynamoDB, CloudFront) are named but hold no entry that is every address.
  const opens = list === null ? 'unknown' : list.entries.some(({ cidr }) => isEveryAddress(cidr)) ? 'yes' : 'no';
  return { ...quiet(rule), opens };
}

/** What an interface lets in by its groups. That it may send everywhere is what nearly every group allows. */
async function ofGroups(context: ActionContext, groupIds: readonly string[]): Promise<Opening> {
  const ingress = (await readRules(context.aws.ec2, groupIds)).filter(({ rule }) => rule.direction === 'ingress');
  const found = [];
  for (const { rule } of ingress) found.push(await ofRule(context, rule));
  const open = found.filter(({ opens }) => opens === 'yes');
  const opens = open.length > 0 ? 'yes' : found.some((it) => it.opens === 'unknown') ? 'unknown' : 'no';
  return { opens, ports: open.flatMap(({ ports }) => ports), direction: open.length > 0 ? 'ingress' : 'both' };
}

async function rulesReferringTo({ aws }: ActionContext, prefixListId: string): Promise<SecurityGroupRule[]> {
  const ingress = await readGroups(aws.ec2, filter('ip-permission.prefix-list-id', [prefixListId]));
  const egress = await readGroups(aws.ec2, filter('egress.ip-permission.prefix-list-id', [prefixListId]));
  const groupIds = [...new Set([...ingress, ...egress].map(({ id }) => id))];
  return (await readRules(aws.ec2, groupIds))
    .map(({ rule }) => rule)
    .filter(({ peer }) => peer.kind === 'prefix-list' && peer.id === prefixListId);
}

const protocolNames: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };

function ofEntry(entry: NetworkAclEntry): Opening {
  return {
    opens: entry.action === 'allow' && isEveryAddress(entry.cidr) ? 'yes' : 'no',
    ports: portsOf(protocolNames[entry.protocol] ?? entry.protocol, entry.fromPort, entry.toPort),
    direction: entry.egress ? 'egress' : 'ingress',
  };
}

/** What a network ACL lets through as a whole: its entries by number, the first that is for everybody decides. */
function ofAcl(acl: NetworkAcl | undefined, direction: 'ingress' | 'egress'): Opening {
  if (acl === undefined) return { opens: 'unknown', ports: [], direction };
  const world = entriesOf(acl, direction).filter(({ cidr }) => isEveryAddress(cidr));
  const [first] = world;
  if (first === undefined || first.action === 'deny') return { opens: 'no', ports: [], direction };
  return { ...ofEntry(first), direction };
}

function entriesOf(acl: NetworkAcl, direction: 'ingress' | 'egress'): NetworkAclEntry[] {
  return acl.entries
    .filter(({ egress }) => egress === (direction === 'egress'))
    .sort((a, b) => a.ruleNumber - b.ruleNumber);
}

/** Whether nothing at all comes through in one direction: then the nodes in its subnets are cut off. */
function isShut(acl: NetworkAcl | undefined): boolean {
  if (acl === undefined) return false;
  return (['ingress', 'egress'] as const).some((direction) => {
    const entries = entriesOf(acl, direction);
    const [first] = entries;
    return entries.every(({ action }) => action === 'deny') || (first !== undefined && deniesCluster(first));
  });
}

/** The API server, the kubelet and DNS: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html */
const clusterPorts = [443, 10_250, 53];

/** A deny for everybody, or for private addresses as clusters have them, of what control plane and nodes say to each other. */
function deniesCluster({ action, cidr, protocol, fromPort, toPort }: NetworkAclEntry): boolean {
  if (action !== 'deny') return false;
  const wide = isEveryAddress(cidr) || /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\.[\d.]+\/(8|9|1\d)$/.test(cidr);
  const range = portsOf(protocolNames[protocol] ?? protocol, fromPort, toPort);
  return (
    wide && ['-1', '6', '17'].includes(protocol) && range.some((it) => clusterPorts.some((port) => holds(it, port)))
  );
}

/** Whether a rule of a cluster's group carried what control plane and nodes say to each other. */
function carriesCluster(groupId: string, rule: SecurityGroupRule, clusters: readonly Cluster[]): boolean {
  const involved = clusters.some(
    ({ clusterSecurityGroupId, controlPlaneGroupIds }) =>
      clusterSecurityGroupId === groupId || controlPlaneGroupIds.includes(groupId),
  );
  const within = rule.peer.kind === 'group' || rule.direction === 'egress';
  const carried = portsOf(rule.protocol, rule.fromPort, rule.toPort);
  return involved && within && carried.some((range) => clusterPorts.some((port) => holds(range, port)));
}

function holds(range: string, port: number): boolean {
  if (range === 'all') return true;
  const [from = 0, to = 0] = range.split('-').map(Number);
  return from <= port && port <= to;
}

function together(directions: readonly Direction[]): Direction {
  const known = new Set(directions.filter((direction) => direction !== null));
  const [only] = known;
  return known.size === 0 ? null : known.size === 1 && only !== undefined ? only : 'both';
}

function overall(effects: readonly NetworkEventFacts['effect'][]): NetworkEventFacts['effect'] {
  const known = new Set(effects.filter((effect) => effect !== 'none'));
  const [only] = known;
  if (known.size === 0) return 'none';
  if (known.has('unknown')) return 'unknown';
  return known.size === 1 && only !== undefined ? only : 'mixed';
}

function worst(known: readonly NetworkChangeFacts['before'][]): NetworkChangeFacts['before'] {
  for (const one of ['unknown', 'config-history', 'baseline'] as const) if (known.includes(one)) return one;
  return 'event';
}
