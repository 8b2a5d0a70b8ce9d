import { DescribeInstanceStatusCommand, type EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { clusterTagKeys, clusterTagPrefix } from '../../runbooks/node-lifecycle';
import type { ActionContext } from '../actions/action';
import { clusterByTags, filter, pages, type Tags } from '../aws/network';
import { groupOfNode, nodePoolOf, readNodes, scalingGroupTag } from '../aws/nodes';
import { isTransient } from '../contract';
import { errorName } from '../errors';
import { instanceOf, isReady } from '../kubernetes/node';
import type { Permission } from '../permission';
import { isolationTag } from './isolation-groups';
import type { Node } from './node';
import { readGroup, readMembership } from './scaling';
import { kubernetesOf } from './workload';

/**
 * Among whom a node goes: those that carry its load without it. Its Auto Scaling group, else its node pool (Karpenter, EKS
 * Auto Mode), else all nodes of its cluster that neither counts.
 */
export const peerGroup = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('auto-scaling-group'), name: z.string() }),
  z.strictObject({ kind: z.literal('launcher'), name: z.string(), tag: z.string(), cluster: z.string().nullable() }),
  z.strictObject({ kind: z.literal('cluster'), name: z.string() }),
]);
export type PeerGroup = z.infer<typeof peerGroup>;

export const readPeers: Permission = {
  actions: [
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:DescribeAutoScalingInstances',
    'ec2:DescribeInstances',
    'ec2:DescribeInstanceStatus',
  ],
  on: ['*'],
};

export interface Peers {
  readonly group: PeerGroup;
  /** Instances of the group that run unimpaired, are not isolated, and take pods where their cluster can be asked. */
  readonly healthyOthers: readonly string[];
}

type Means = Pick<ActionContext, 'aws' | 'kubernetes'>;

/** Null where the instance is in no group and names no cluster. Errors are AWS's own. */
export async function peersOf(context: Means, node: Pick<Node, 'id' | 'cluster' | 'tags'>): Promise<Peers | null> {
  const among = async (): Promise<Peers | null> => {
    const group = await peerGroupOf(context, node);
    return group === null ? null : { group, healthyOthers: await healthyOthers(context, group, node.id) };
  };
  const [peers, fit] = await Promise.all([among(), takingPods(context, node.cluster)]);
  return peers === null || fit === null
    ? peers
    : { ...peers, healthyOthers: peers.healthyOthers.filter((id) => fit.has(id)) };
}

async function peerGroupOf(
  { aws: { autoScaling } }: Pick<ActionContext, 'aws'>,
  { id, cluster, tags }: Pick<Node, 'id' | 'cluster' | 'tags'>,
): Promise<PeerGroup | null> {
  const membership = await readMembership(autoScaling, id);
  if (membership !== null) return { kind: 'auto-scaling-group', name: membership.group };
  const launcher = launchedBy(tags);
  if (launcher !== null) return { kind: 'launcher', ...launcher, cluster };
  return cluster === null ? null : { kind: 'cluster', name: cluster };
}

/** Who launched a node, where Auto Scaling does not have it in a group: by tags that all that it launches have. */
function launchedBy(tags: Tags): { readonly tag: string; readonly name: string } | null {
  const group = groupOfNode(tags);
  return group === null ? nodePoolOf(tags) : { tag: scalingGroupTag, name: group };
}

async function healthyOthers({ aws }: Pick<ActionContext, 'aws'>, group: PeerGroup, id: string): Promise<string[]> {
  const [members, impaired, isolated] = await Promise.all([
    membersOf(aws, group, id),
    impairedInstances(aws.ec2),
    readNodes(aws.ec2, filter('tag-key', [isolationTag]), running),
  ]);
  const unfit = new Set([id, ...impaired, ...isolated.map((it) => it.id)]);
  return members.filter((it) => !unfit.has(it));
}

const running = filter('instance-state-name', ['running']);

async function membersOf(
  { autoScaling, ec2 }: ActionContext['aws'],
  group: PeerGroup,
  id: string,
): Promise<readonly string[]> {
  switch (group.kind) {
    case 'auto-scaling-group':
      return (await readGroup(autoScaling, group.name, id))?.healthyOthers ?? [];
    case 'launcher': {
      // Pools of several clusters may have one name.
      const nodes = await readNodes(ec2, filter(`tag:${group.tag}`, [group.name]), running);
      return nodes.filter(({ tags }) => clusterByTags(tags) === group.cluster).map((it) => it.id);
    }
    case 'cluster': {
      const named = [`${clusterTagPrefix}${group.name}`, ...clusterTagKeys];
      const nodes = await readNodes(ec2, filter('tag-key', named), running);
      return nodes
        .filter(({ tags }) => clusterByTags(tags) === group.name && launchedBy(tags) === null)
        .map((it) => it.id);
    }
    default:
      return group satisfies never;
  }
}

/** Running instances of the Region whose host or system fails EC2's checks: two filters must both hold, so each is asked by itself. */
async function impairedInstances(ec2: EC2Client): Promise<string[]> {
  const checks = ['instance-status.status', 'system-status.status'].map((check) =>
    pages((token) => ec2.send(new DescribeInstanceStatusCommand({ Filters: [filter(check, ['impaired'])], ...token }))),
  );
  return (await Promise.all(checks))
    .flat()
    .flatMap(({ InstanceStatuses }) => InstanceStatuses ?? [])
    .flatMap(({ InstanceId }) => InstanceId ?? []);
}

/** The instances whose nodes are ready and not cordoned; null where the cluster does not say. */
async function takingPods(context: Means, cluster: string | null): Promise<ReadonlySet<string> | null> {
  try {
    const kubernetes = await kubernetesOf(context, cluster);
    if (!('nodes' in kubernetes)) return null;
    const fit = (await kubernetes.nodes()).filter((node) => isReady(node) && node.spec?.unschedulable !== true);
    return new Set(fit.flatMap((node) => instanceOf(node) ?? []));
  } catch (error) {
    if (isTransient(error)) throw error;
    // Only more could speak against it: a cluster that gives no answer, or an odd one, holds nothing up.
    return null;
  }
}

/** That no healthy other of its group stays behind when a node goes; undefined where one does. */
export function lastOfItsGroup({ group, healthyOthers }: Peers): string | undefined {
  return healthyOthers.length === 0 ? `It is the last healthy node of its group, ${inWords(group)}` : undefined;
}

/** Why nobody but a human has such a node go. */
export function whyAsk(peers: Peers): string | undefined {
  const last = lastOfItsGroup(peers);
  return last === undefined ? undefined : `${last}: a human decides whether it may go.`;
}

function inWords(group: PeerGroup): string {
  switch (group.kind) {
    case 'auto-scaling-group':
      return `the Auto Scaling group ${group.name}`;
    case 'launcher':
      return `${group.tag === scalingGroupTag ? 'the Auto Scaling group' : 'the node pool'} ${group.name}${group.cluster === null ? '' : ` of ${group.cluster}`}`;
    case 'cluster':
      return `the nodes of ${group.name} that no Auto Scaling group or node pool counts`;
    default:
      return group satisfies never;
  }
}

function keyOf(group: PeerGroup): string {
  switch (group.kind) {
    case 'auto-scaling-group':
      return group.name;
    case 'launcher':
      return `${group.cluster}#${group.tag}#${group.name}`;
    case 'cluster':
      return `${group.name}#ungrouped`;
    default:
      return group satisfies never;
  }
}

/**
 * As `whyAsk`, of an instance that is to be isolated, beside others that are at this moment. Where it is not known among
 * whom it goes, a human decides as well.
 */
export async function whyAskAbout(
  context: Means & Pick<ActionContext, 'leavesOthers'>,
  node: Pick<Node, 'id' | 'cluster' | 'tags'>,
): Promise<{ readonly group: PeerGroup | null; readonly ask: string | undefined }> {
  try {
    const peers = await peersOf(context, node);
    if (peers === null) return { group: null, ask: notKnown('it is in no group and names no cluster') };
    return { group: peers.group, ask: whyAsk(peers) ?? (await whyNotBeside(context, peers, node.id)) };
  } catch (error) {
    if (isTransient(error)) throw error;
    return { group: null, ask: notKnown(errorName(error)) };
  }
}

/**
 * The same where it happens, of a group that is known by then. The cluster is not asked again: one that gives no answer
 * would hold the isolation up.
 */
export async function whyAskNow(
  context: Pick<ActionContext, 'aws' | 'leavesOthers'>,
  group: PeerGroup,
  id: string,
): Promise<string | undefined> {
  try {
    const peers = { group, healthyOthers: await healthyOthers(context, group, id) };
    return whyAsk(peers) ?? (await whyNotBeside(context, peers, id));
  } catch (error) {
    if (isTransient(error)) throw error;
    return notKnown(errorName(error));
  }
}

/** Counts a node as going that people have decided on: whatever else of its group is isolated now does not count on it. */
export async function noteGoing(
  { goes }: Pick<ActionContext, 'goes'>,
  group: PeerGroup,
  id: string,
): Promise<undefined> {
  await goes(keyOf(group), id);
}

async function whyNotBeside(
  { leavesOthers }: Pick<ActionContext, 'leavesOthers'>,
  { group, healthyOthers }: Peers,
  id: string,
): Promise<string | undefined> {
  return (await leavesOthers(keyOf(group), id, healthyOthers))
    ? undefined
    : 'All other healthy nodes of its group are being isolated at this moment: a human decides whether it may go.';
}

function notKnown(why: string): string {
  return `Whether it is the last healthy node of its group is not known: ${why}. A human decides whether it may go.`;
}
