import type { Resource } from '../../../runbooks/incident';
import { compromiseEventFacts } from '../../../runbooks/node-compromise';
import type { ActionContext } from '../../actions/action';
import { clusterByTags, filter, readCluster } from '../../aws/network';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';
import { describeInstances, tagsOf } from './nodes';

/**
 * Which clusters an event is about. A cluster that the finding or the responder names is touched even where it is gone: what
 * happened there happened. An instance is a node by its tags, and where EC2 no longer has them, of the cluster that the
 * event names; otherwise it is no node.
 */
export async function reachOf(
  { aws }: ActionContext,
  { facts, subjects }: Pick<JoinedEvent, 'facts' | 'subjects'>,
): Promise<Reach> {
  const { cluster, instances } = compromiseEventFacts.parse(facts);
  const named = subjects.filter(({ type }) => type === 'AWS::EKS::Cluster').map(({ id }) => id);
  const names = new Set(cluster === null ? named : [cluster, ...named]);
  const nodes: Resource[] = [];
  const read = async (name: string) => ({ name, tags: { ...(await readCluster(aws.eks, name))?.tags } });
  const [described, told] = await Promise.all([
    instances.length === 0 ? [] : describeInstances(aws, filter('instance-id', instances)),
    Promise.all([...names].map(read)),
  ]);
  for (const id of instances) {
    const instance = described.find(({ InstanceId }) => InstanceId === id);
    const tagged = instance === undefined ? null : clusterByTags(tagsOf(instance));
    if (tagged !== null) names.add(tagged);
    if (tagged !== null || names.size > 0) nodes.push({ type: 'AWS::EC2::Instance', id });
  }
  const byTags = await Promise.all([...names].filter((name) => !told.some((it) => it.name === name)).map(read));
  const clusters = [...told, ...byTags].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    clusters,
    touches: clusters.length === 0 ? [] : [nodes.length > 0 ? 'nodes' : 'cluster'],
    exposed: [...clusters.map(({ name }) => ({ type: 'AWS::EKS::Cluster', id: name })), ...nodes],
  };
}
