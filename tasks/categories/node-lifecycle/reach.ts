import { type Event as CloudTrailEvent, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import type { Resource } from '../../../runbooks/incident';
import { type NodeEventFacts, type NodeLifecycleFacts, nodeEventFacts } from '../../../runbooks/node-lifecycle';
import type { ActionContext } from '../../actions/action';
import { clusterByTags, filter, readClusters, readGroups, readInterfaces } from '../../aws/network';
import { clusterOfGroup, groupOfNode, type Node, readNodesById, readScalingGroups } from '../../aws/nodes';
import { readTouchedCluster } from '../../clusters/touched';
import type { JoinedEvent } from '../../dossier';
import { KubernetesUnavailable } from '../../kubernetes/kubernetes';
import { instanceOf } from '../../kubernetes/node';
import { type NodeState, nodeState, scalingGroupState } from '../../nodes/state';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import type { Scope } from '../category';
import { nodeLifecycleReader } from './reader';

type Recognised = NodeLifecycleFacts['recognisedBy'][number];

interface Found {
  readonly cluster: string;
  readonly by: Recognised;
  readonly resource: Resource;
}

/**
 * Whether the instances and groups of an event are a cluster's: by their tags, by their Auto Scaling group's, by their
 * interfaces, by our own recording, by the clusters of their VPC that know a node of their name; and where an instance cannot
 * be described any more, or may not be, by our own recording of it or by CloudTrail's record of its launch.
 */
export async function reachOf(
  context: ActionContext,
  { subjects, time, facts }: Pick<JoinedEvent, 'subjects' | 'time' | 'facts'>,
): Promise<Scope> {
  const ids = (type: string) => subjects.filter((it) => it.type === type).map(({ id }) => id);
  const instances = ids('AWS::EC2::Instance');
  const described = await unlessRefused(context, 'the instances', [], () => readNodesById(context.aws.ec2, instances));
  const found = [
    ...(await ofInstances(context, instances, described, time)),
    ...(await ofGroups(context, ids('AWS::AutoScaling::AutoScalingGroup'), time)),
    ...ofLaunch(facts, subjects),
  ];
  const clusters: Reach['clusters'] = [];
  for (const name of [...new Set(found.map(({ cluster }) => cluster))].sort()) {
    const cluster = await readTouchedCluster(context, name);
    // Tags can name what never was; what our own recording knew as a node was one, even where its cluster is gone by now.
    const recorded = found.some((it) => it.cluster === name && it.by === 'baseline');
    if (cluster !== null || recorded) clusters.push(cluster ?? { name, tags: {} });
  }
  const within = found.filter(({ cluster }) => clusters.some(({ name }) => name === cluster));
  const exposed = new Map(within.map(({ resource }) => [`${resource.type} ${resource.id}`, resource]));
  return {
    clusters,
    touches: [...new Set(within.map(({ by }) => by))].sort(),
    exposed: [...exposed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource),
    learned: learnedOf(facts, described),
  };
}

/** Why an instance came to the state that is told of: its group, which ends what has stopped, soon gives it another reason. */
function learnedOf(facts: JoinedEvent['facts'], described: readonly Node[]): Pick<NodeEventFacts, 'stateReason'> {
  const read = nodeEventFacts.safeParse(facts);
  const changed = read.success && read.data.act === 'state-change';
  return { stateReason: changed ? (described[0]?.stateReason ?? null) : null };
}

async function ofInstances(
  context: ActionContext,
  ids: readonly string[],
  described: readonly Node[],
  time: string,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const id of ids) {
    const resource = { type: 'AWS::EC2::Instance', id };
    const node = described.find((it) => it.id === id);
    const add = (cluster: string | null, by: Recognised) => {
      if (cluster === null) return false;
      found.push({ cluster, by, resource });
      return true;
    };
    if (node === undefined) {
      const recorded = await recordedNode(context, resource, time);
      const group = recorded?.autoScalingGroup ?? null;
      const ofGroup = group === null ? [] : await ofGroups(context, [group], time);
      found.push(...ofGroup);
      if (add(recorded?.cluster ?? ofGroup[0]?.cluster ?? null, 'baseline')) continue;
      add(await clusterOfPastLaunch(context, id, time), 'cloudtrail');
      continue;
    }
    const group = groupOfNode(node.tags);
    if (group !== null) found.push(...(await ofGroups(context, [group], time)));
    if (add(clusterByTags(node.tags), 'tags')) continue;
    const ofGroup = group === null ? undefined : found.find(({ resource: { id: name } }) => name === group);
    if (add(ofGroup?.cluster ?? null, 'auto-scaling-group')) continue;
    if (add(await clusterOfInterfaces(context, id), 'network-interface')) continue;
    if (add((await recordedNode(context, resource, time))?.cluster ?? null, 'baseline')) continue;
    add(await clusterThatKnows(context, node), 'kubernetes');
  }
  return found;
}

async function ofGroups(context: ActionContext, names: readonly string[], time: string): Promise<Found[]> {
  const found: Found[] = [];
  const described = await unlessRefused(context, 'the Auto Scaling groups', [], () =>
    readScalingGroups(context.aws.autoScaling, names),
  );
  for (const name of names) {
    const resource = { type: 'AWS::AutoScaling::AutoScalingGroup', id: name };
    const group = described.find((it) => it.name === name);
    const recorded = group === undefined ? scalingGroupState.safeParse(await context.baseline(resource, time)) : null;
    const cluster = clusterOfGroup(group?.tags ?? (recorded?.success === true ? recorded.data.tags : {}));
    if (cluster !== null)
      found.push({ cluster, by: group === undefined ? 'baseline' : 'auto-scaling-group', resource });
  }
  return found;
}

function ofLaunch(facts: JoinedEvent['facts'], subjects: readonly Resource[]): Found[] {
  const read = nodeEventFacts.safeParse(facts);
  const cluster = read.success ? read.data.cluster : null;
  return cluster === null ? [] : subjects.map((resource) => ({ cluster, by: 'tags', resource }));
}

/**
 * A node without a tag has interfaces that the VPC CNI tagged, or the security group that EKS made for its cluster: tags
 * that begin with `aws:` nobody but AWS can give.
 */
function clusterOfInterfaces(context: ActionContext, instanceId: string): Promise<string | null> {
  return unlessRefused(context, 'the network interfaces', null, () => askInterfaces(context, instanceId));
}

async function askInterfaces({ aws }: ActionContext, instanceId: string): Promise<string | null> {
  const interfaces = await readInterfaces(aws.ec2, filter('attachment.instance-id', [instanceId]));
  const tagged = interfaces.map(({ tags }) => clusterByTags(tags)).find((name) => name !== null);
  if (tagged !== undefined) return tagged;
  const groupIds = [...new Set(interfaces.flatMap((it) => it.groupIds))];
  const groups = groupIds.length === 0 ? [] : await readGroups(aws.ec2, filter('group-id', groupIds));
  return groups.map(({ tags }) => tags['aws:eks:cluster-name']).find((name) => name !== undefined) ?? null;
}

async function recordedNode({ baseline }: ActionContext, node: Resource, time: string): Promise<NodeState | null> {
  return nodeState.safeParse(await baseline(node, time)).data ?? null;
}

/**
 * The cluster of the instance's VPC that has a node of its private DNS name, which is what a kubelet calls itself. A cluster that
 * gives responders no access is an ordinary case: it does not say.
 */
async function clusterThatKnows(context: ActionContext, node: Node): Promise<string | null> {
  const { aws, kubernetes } = context;
  const { id, vpcId, privateDnsName } = node;
  if (vpcId === null || privateDnsName === null || privateDnsName === '') return null;
  const all = await unlessRefused(context, 'the clusters', [], () => readClusters(aws.eks));
  const near = all.filter((it) => it.vpcId === vpcId);
  const answers = await Promise.all(
    near.map(async ({ name }) => {
      try {
        const known = await (await kubernetes(name)).node(privateDnsName);
        return known !== null && instanceOf(known) === id ? name : null;
      } catch (error) {
        if (error instanceof KubernetesUnavailable) return null;
        throw error;
      }
    }),
  );
  return answers.find((name) => name !== null) ?? null;
}

/** LookupEvents knows calls for 90 days. */
const rememberedMs = 90 * 86_400_000;

/** The cluster that the launch of an instance named, as CloudTrail has it; null where it has nothing. */
async function clusterOfPastLaunch(context: ActionContext, instanceId: string, time: string): Promise<string | null> {
  const ask = new LookupEventsCommand({
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: instanceId }],
    StartTime: new Date(Date.parse(time) - rememberedMs),
    EndTime: new Date(time),
    MaxResults: 50,
  });
  const events = await unlessRefused(
    context,
    'CloudTrail’s records of launches',
    [],
    async () => (await context.aws.cloudTrail.send(ask)).Events ?? [],
  );
  return events.map(clusterOfRecord).find((name) => name !== null) ?? null;
}

const detail = z.record(z.string(), z.json());

function clusterOfRecord({ EventName, CloudTrailEvent }: CloudTrailEvent): string | null {
  if (EventName !== 'RunInstances' || CloudTrailEvent === undefined) return null;
  const parsed = detail.safeParse(JSON.parse(CloudTrailEvent));
  if (!parsed.success) return null;
  const envelope = { id: 'past', 'detail-type': '', source: '', account: '', time: '', region: '', resources: [] };
  return nodeLifecycleReader.read({ ...envelope, detail: parsed.data }).facts.cluster;
}
