import type { Resource } from '../../../runbooks/incident';
import { compromiseEventFacts } from '../../../runbooks/node-compromise';
import type { ActionContext } from '../../actions/action';
import { clusterByTags, filter } from '../../aws/network';
import { readTouchedCluster } from '../../clusters/touched';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import { describeInstances, tagsOf } from './nodes';

/**
 * Which clusters an event is about. A cluster that the finding or the responder names is touched even where it is gone: what
 * happened there happened. An instance is a node by its tags, and where EC2 no longer has them, of the cluster that the
 * event names; otherwise it is no node.
 */
export async function reachOf(
  context: ActionContext,
  { facts, subjects }: Pick<JoinedEvent, 'facts' | 'subjects'>,
): Promise<Reach> {
  const { cluster, instances } = compromiseEventFacts.parse(facts);
  const named = subjects.filter(({ type }) => type === 'AWS::EKS::Cluster').map(({ id }) => id);
  const names = new Set(cluster === null ? named : [cluster, ...named]);
  const nodes: Resource[] = [];
  // What is not known of a cluster that is named is no reason to leave a node where it is.
  const read = async (name: string) => (await readTouchedCluster(context, name)) ?? { name, tags: {} };
  const describe = () =>
    unlessRefused(context, `the instances ${instances.join(', ')}`, [], () =>
      describeInstances(context.aws, filter('instance-id', instances)),
    );
  const [described, told] = await Promise.all([
    instances.length === 0 ? [] : describe(),
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
