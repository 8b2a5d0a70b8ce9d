import {
  isWide,
  type NetworkChangeFacts,
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
  readInterfaces,
  readNetworkAcls,
  readPrefixList,
  readRules,
  rulesReferringTo,
} from '../../aws/network';
import { recordedVpcConfig } from '../../clusters/vpc-config';
import type { Dossier } from '../../dossier';
import { errorName } from '../../errors';
import { holdsPort, isEveryAddress, widestPrefix } from '../../network/addresses';
import { clusterTrafficOf } from '../../network/cluster-traffic';
import { missingOfMinimum } from '../../network/minimum';
import { deniesCluster, entriesOf, isShut } from '../../network/network-acls';
import { readPrior } from '../../network/prior';
import { carriesPorts } from '../../network/protocols';
import { groupState, interfaceState, networkAclState, subnetState } from '../../network/state';
import type { Reach } from '../../store/incidents';
import { closed, effectOf, exposureOf, type Opening, openingOfEntry, openingOfRule, overall, together } from './effect';

/** What one touch amounts to, now that AWS can be asked. */
interface Judged extends Opening {
  readonly breaks: boolean;
  readonly before: NetworkChangeFacts['before'];
}

/**
 * The facts of the whole incident. What a record alone could not say is read from AWS; what cannot be read stays as the
 * record has it, often `unknown`, and is noted as a problem.
 */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  sensitive: readonly number[],
): Promise<NetworkChangeFacts> {
  const clusters = await clustersWithin(context, reach);
  const judged: Judged[] = [];
  for (const { touch, time } of touchesOf(dossier)) {
    try {
      judged.push(await judge(context, touch, time, clusters));
    } catch (error) {
      context.problems.add(`what ${touch.kind.replaceAll('-', ' ')} amounts to could not be read: ${errorName(error)}`);
      judged.push({ ...effectOf(touch), breaks: false, before: 'unknown' });
    }
  }

  const events = dossier.events.map(({ facts }) => networkEventFacts.parse(facts));
  const ingress = judged.filter(({ direction }) => direction !== 'egress');
  const widest = widestPrefix(rangesOf(ingress));
  // What is open to the internet is what the plan must see first: its direction and its ports come before the others'.
  const opening = judged.filter(({ opens }) => opens === 'yes');
  const wide = isWide(widest) ? ingress.filter(({ ranges }) => ranges.length > 0) : [];
  const leading = together(opening.length > 0 ? opening : wide.length > 0 ? wide : judged);
  return {
    opensToInternet: together(judged).opens,
    ports: [...leading.ports],
    protocols: [...leading.protocols],
    direction: leading.direction,
    effect: overall(events.map(({ effect }) => effect)),
    widestPrefix: widest,
    sensitivePorts: sensitive.filter((port) => isExposed(port, ingress)),
    touches: [...reach.touches] as NetworkChangeFacts['touches'],
    breaksClusterTraffic: judged.some(({ breaks }) => breaks),
    before: worst(judged.map(({ before }) => before)),
    exposed: [...reach.exposed],
  };
}

/** The clusters that the incident touches; where EKS does not answer, nothing is known of their groups. */
async function clustersWithin(context: ActionContext, reach: Reach): Promise<Cluster[]> {
  const names = reach.clusters.map(({ name }) => name);
  try {
    return (await readClusters(context.aws.eks)).filter(({ name }) => names.includes(name));
  } catch (error) {
    context.problems.add(`the clusters could not be read: ${errorName(error)}`);
    return [];
  }
}

function rangesOf(openings: readonly Opening[]): string[] {
  return openings.flatMap(({ ranges }) => ranges);
}

/** Whether a port is open to the internet, or to so much of it that this is the same. */
function isExposed(port: number, ingress: readonly Opening[]): boolean {
  const open = ingress.filter(
    ({ ports, protocols }) => protocols.some(carriesPorts) && ports.some((range) => holdsPort(range, port)),
  );
  return open.some(({ opens }) => opens === 'yes') || isWide(widestPrefix(rangesOf(open)));
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
      return { ...effectOf(touch), breaks: carriesCluster(touch.groupId, touch.rule, clusters), ...known };
    case 'rule-removed-by-id':
    case 'rule-modified': {
      const prior = await readPrior(context, { type: 'AWS::EC2::SecurityGroup', id: touch.groupId }, time, groupState);
      const was = prior?.state.rules.find(({ ruleId }) => ruleId === touch.ruleId)?.rule;
      const breaks = was !== undefined && carriesCluster(touch.groupId, was, clusters);
      const before = prior?.from ?? 'unknown';
      if (touch.kind === 'rule-removed-by-id') {
        return { ...effectOf(touch), breaks, before };
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
    case 'group-deleted':
    case 'group-vpc-disassociated':
    case 'acl-created':
    case 'acl-deleted':
      return { ...effectOf(touch), breaks: false, ...known };
    case 'group-vpc-associated':
      return { ...(await ofGroups(context, [touch.groupId])), breaks: false, ...known };
    case 'prefix-list-modified': {
      const { ports, protocols, direction } = together(
        (await rulesReferringTo(ec2, touch.prefixListId)).map(openingOfRule),
      );
      return { ...effectOf(touch), ports, protocols, direction, breaks: false, ...known };
    }
    case 'prefix-list-restored': {
      const { ports, protocols, direction } = together(
        (await rulesReferringTo(ec2, touch.prefixListId)).map(openingOfRule),
      );
      const ranges = (await readPrefixList(ec2, touch.prefixListId))?.entries.map(({ cidr }) => cidr) ?? null;
      const open = ranges === null ? {} : { opens: exposureOf(ranges), ranges };
      return { ...effectOf(touch), ...open, ports, protocols, direction, breaks: false, before: 'unknown' };
    }
    case 'acl-entry-created':
      return { ...effectOf(touch), breaks: deniesCluster(touch.entry), ...known };
    case 'acl-entry-replaced':
    case 'acl-entry-deleted': {
      const target = { type: 'AWS::EC2::NetworkAcl', id: touch.networkAclId };
      const before = (await readPrior(context, target, time, networkAclState))?.from ?? 'unknown';
      const [acl] = await readNetworkAcls(ec2, filter('network-acl-id', [touch.networkAclId]));
      if (touch.kind === 'acl-entry-replaced') {
        return { ...effectOf(touch), breaks: deniesCluster(touch.entry) || cutsOff(acl), before };
      }
      const direction = touch.egress ? 'egress' : 'ingress';
      return { ...ofAcl(acl, direction), breaks: cutsOff(acl), before };
    }
    case 'acl-association-replaced': {
      const [acl] = await readNetworkAcls(ec2, filter('network-acl-id', [touch.networkAclId]));
      const subnetId = acl?.associations.find(
        ({ associationId }) => associationId === touch.newAssociationId,
      )?.subnetId;
      const target = { type: 'AWS::EC2::Subnet', id: subnetId ?? '' };
      const before = (await readPrior(context, target, time, subnetState))?.from ?? 'unknown';
      return { ...ofAcl(acl, 'ingress'), direction: 'both', breaks: cutsOff(acl), before };
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

async function ofRule({ aws }: ActionContext, rule: SecurityGroupRule): Promise<Opening> {
  const { peer } = rule;
  if (peer.kind !== 'prefix-list') return openingOfRule(rule);
  const list = await readPrefixList(aws.ec2, peer.id);
  // AWS's own lists (S3, DynamoDB, CloudFront) are named but hold no entry that is every address.
  const ranges = list?.entries.map(({ cidr }) => cidr) ?? [];
  return { ...openingOfRule(rule), opens: list === null ? 'unknown' : exposureOf(ranges), ranges };
}

/** What an interface lets in by its groups. That it may send everywhere is what nearly every group allows. */
async function ofGroups(context: ActionContext, groupIds: readonly string[]): Promise<Opening> {
  const ingress = (await readRules(context.aws.ec2, groupIds)).filter(({ rule }) => rule.direction === 'ingress');
  const found = [];
  for (const { rule } of ingress) found.push(await ofRule(context, rule));
  const open = found.filter(({ opens }) => opens === 'yes');
  if (open.length > 0) return together(open);
  return { ...together(found), direction: 'both' };
}

/** What a network ACL lets through as a whole: its entries by number, the first that is for everybody decides. */
function ofAcl(acl: NetworkAcl | undefined, direction: 'ingress' | 'egress'): Opening {
  if (acl === undefined) return { ...closed, opens: 'unknown', direction };
  const entries = entriesOf(acl.entries, direction);
  const first = entries.findIndex(({ cidr }) => isEveryAddress(cidr));
  const world = entries[first];
  if (world?.action === 'allow') return openingOfEntry(world);
  const reached = entries.slice(0, first < 0 ? entries.length : first).filter(({ action }) => action === 'allow');
  return { ...together(reached.map(openingOfEntry)), direction };
}

function cutsOff(acl: NetworkAcl | undefined): boolean {
  return acl !== undefined && isShut(acl.entries);
}

/** Whether a rule of a cluster's group carried what control plane and nodes say to each other. */
function carriesCluster(groupId: string, rule: SecurityGroupRule, clusters: readonly Cluster[]): boolean {
  const involved = clusters.some(
    ({ clusterSecurityGroupId, controlPlaneGroupIds }) =>
      clusterSecurityGroupId === groupId || controlPlaneGroupIds.includes(groupId),
  );
  const within = rule.peer.kind === 'group' || rule.direction === 'egress';
  return involved && within && clusterTrafficOf(rule).length > 0;
}

function worst(known: readonly NetworkChangeFacts['before'][]): NetworkChangeFacts['before'] {
  for (const one of ['unknown', 'config-history', 'baseline'] as const) if (known.includes(one)) return one;
  return 'event';
}
