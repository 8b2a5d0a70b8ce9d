import type { Resource } from '../../../runbooks/incident';
import type { NetworkChangeFacts } from '../../../runbooks/network-change';
import type { ActionContext } from '../../actions/action';
import {
  type Cluster,
  clusterByTags,
  filter,
  filterValues,
  groupsReferringTo,
  type Instance,
  listClusters,
  type NetworkInterface,
  readCluster,
  readInstances,
  readInterfaces,
  readNetworkAcls,
} from '../../aws/network';
import { groupState } from '../../network/state';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';

type Touched = NetworkChangeFacts['touches'][number];

/**
 * Which clusters the subjects of an event reach: the cluster's own group and its control plane's, groups on any interface
 * of a node or of a pod, network ACLs of the subnets of clusters and of nodes, prefix lists through the groups that refer
 * to them. A group that is gone counts for the clusters of its VPC where the baseline knew it. What may not be read is
 * noted, and the rest is asked.
 */
export async function reachOf(
  context: ActionContext,
  { subjects, time }: { readonly subjects: readonly Resource[]; readonly time: string },
): Promise<Reach> {
  const { ec2 } = context.aws;
  const ids = (type: string) => subjects.filter((it) => it.type === type).map(({ id }) => id);

  const groupIds = new Set(ids('AWS::EC2::SecurityGroup'));
  for (const id of ids('AWS::EC2::PrefixList')) {
    const referring = await unlessRefused(context, `the groups that refer to ${id}`, [], () =>
      groupsReferringTo(ec2, id),
    );
    for (const group of referring) groupIds.add(group.id);
  }
  const byIds = <T>(
    what: string,
    name: string,
    of: readonly string[],
    read: (by: ReturnType<typeof filter>) => Promise<T[]>,
  ) => unlessRefused(context, what, [], () => inFilters(name, of, read));
  const named = ids('AWS::EKS::Cluster');
  const clusters = await clustersOf(context, named);
  const interfacesBy = (name: string, of: readonly string[]) =>
    byIds('the network interfaces', name, of, (it) => readInterfaces(ec2, it));
  const interfaces = [
    ...(await interfacesBy('group-id', [...groupIds])),
    ...(await interfacesBy('network-interface-id', ids('AWS::EC2::NetworkInterface'))),
    ...(await interfacesBy('attachment.instance-id', ids('AWS::EC2::Instance'))),
  ];
  const acls = await byIds('the network ACLs', 'network-acl-id', ids('AWS::EC2::NetworkAcl'), (it) =>
    readNetworkAcls(ec2, it),
  );
  const subnetIds = acls.flatMap(({ associations }) => associations.map(({ subnetId }) => subnetId));
  const instanceIds = [...new Set(interfaces.flatMap(({ instanceId }) => instanceId ?? []))];
  const instancesBy = (name: string, of: readonly string[]) =>
    byIds('the instances', name, of, (it) => readInstances(ec2, it));
  const instances = [
    ...(await instancesBy('instance-id', instanceIds)),
    ...(await instancesBy('subnet-id', [...new Set(subnetIds)])),
  ];

  const found = new Found(clusters);
  for (const id of named) {
    if (clusters.some(({ name }) => name === id)) found.add(id, 'control-plane', { type: 'AWS::EKS::Cluster', id });
  }
  for (const cluster of clusters) {
    if (cluster.clusterSecurityGroupId !== null && groupIds.has(cluster.clusterSecurityGroupId)) {
      found.add(cluster.name, 'cluster-security-group', { type: 'AWS::EKS::Cluster', id: cluster.name });
    }
    if (cluster.controlPlaneGroupIds.some((id) => groupIds.has(id))) {
      found.add(cluster.name, 'control-plane', { type: 'AWS::EKS::Cluster', id: cluster.name });
    }
    if (cluster.subnetIds.some((id) => subnetIds.includes(id))) {
      found.add(cluster.name, 'subnets', { type: 'AWS::EKS::Cluster', id: cluster.name });
    }
  }
  const subnets = new Set(subnetIds);
  for (const it of interfaces) placeInterface(it, instances, found);
  for (const { id, subnetId, tags } of instances) {
    const name = clusterByTags(tags);
    if (name !== null && subnetId !== null && subnets.has(subnetId)) {
      found.add(name, 'subnets', { type: 'AWS::EC2::Instance', id });
    }
  }
  if (found.isEmpty()) await placeDeleted(context, groupIds, time, clusters, found);
  return found.reach();
}

/** The clusters of the Region. Of one that may not be described its name alone is known; where none may be listed, of those that the event names. */
async function clustersOf(context: ActionContext, named: readonly string[]): Promise<Cluster[]> {
  const { eks } = context.aws;
  const found = [];
  for (const name of await unlessRefused(context, 'the clusters', named, () => listClusters(eks))) {
    const unread = { ...notDescribed, name };
    const cluster = await unlessRefused(context, `the cluster ${name}`, unread, () => readCluster(eks, name));
    if (cluster !== null) found.push(cluster);
  }
  return found;
}

/** What is known beside the name of a cluster that may not be described: `placeDeleted` takes no VPC for any. */
const notDescribed = { vpcId: '', clusterSecurityGroupId: null, controlPlaneGroupIds: [], subnetIds: [], tags: {} };

async function inFilters<T>(
  name: string,
  ids: readonly string[],
  read: (by: ReturnType<typeof filter>) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < ids.length; start += filterValues) {
    found.push(...(await read(filter(name, ids.slice(start, start + filterValues)))));
  }
  return found;
}

function placeInterface(it: NetworkInterface, instances: readonly Instance[], found: Found): void {
  const instance = instances.find(({ id }) => id === it.instanceId);
  const ofInstance = instance === undefined ? null : clusterByTags(instance.tags);
  if (instance !== undefined && ofInstance !== null) {
    found.add(ofInstance, 'nodes', { type: 'AWS::EC2::Instance', id: instance.id });
    return;
  }
  // EKS describes the interfaces that it places into the cluster's subnets so.
  const controlPlane = /^Amazon EKS (\S+)$/.exec(it.description)?.[1];
  if (controlPlane !== undefined) {
    found.add(controlPlane, 'control-plane', { type: 'AWS::EKS::Cluster', id: controlPlane });
    return;
  }
  const ofPod = clusterByTags(it.tags);
  if (ofPod !== null) found.add(ofPod, 'pods', { type: 'AWS::EC2::NetworkInterface', id: it.id });
}

async function placeDeleted(
  context: ActionContext,
  groupIds: ReadonlySet<string>,
  time: string,
  clusters: readonly Cluster[],
  found: Found,
): Promise<void> {
  for (const id of groupIds) {
    const recorded = groupState.safeParse(await context.baseline({ type: 'AWS::EC2::SecurityGroup', id }, time));
    if (!recorded.success) continue;
    for (const { name, vpcId } of clusters) {
      // Of a cluster that may not be described nobody can say that it is elsewhere.
      if (vpcId === '' || vpcId === recorded.data.vpcId)
        found.add(name, 'nodes', { type: 'AWS::EKS::Cluster', id: name });
    }
  }
}

class Found {
  private readonly names = new Set<string>();
  private readonly touches = new Set<Touched>();
  private readonly exposed = new Map<string, Resource>();

  constructor(private readonly clusters: readonly Cluster[]) {}

  add(cluster: string, touch: Touched, exposed: Resource): void {
    this.names.add(cluster);
    this.touches.add(touch);
    this.exposed.set(`${exposed.type} ${exposed.id}`, exposed);
  }

  isEmpty(): boolean {
    return this.names.size === 0;
  }

  reach(): Reach {
    const tags = (name: string) => ({ ...this.clusters.find((cluster) => cluster.name === name)?.tags });
    return {
      clusters: [...this.names].sort().map((name) => ({ name, tags: tags(name) })),
      touches: [...this.touches].sort(),
      exposed: [...this.exposed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource),
    };
  }
}
