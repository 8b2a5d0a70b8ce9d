import { clusterTouch } from '../../../runbooks/cluster-lifecycle';
import type { ActionContext } from '../../actions/action';
import { recordedCluster } from '../../clusters/recorded';
import { readTouchedCluster } from '../../clusters/touched';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';

/**
 * The cluster that the call names, there or not: that a cluster is gone, or was not to be made, can be the whole incident. Out
 * of scope is another attempt upon a cluster that nobody knows, and a call about a part of one.
 */
export async function reachOf(
  context: ActionContext,
  { touches, time }: Pick<JoinedEvent, 'touches' | 'time'>,
): Promise<Reach> {
  const clusters = [];
  for (const touch of touches.map((it) => clusterTouch.parse(it))) {
    const { cluster: name, resource, kind, attempt } = touch;
    const described = await readTouchedCluster(context, name);
    const recorded = recordedCluster.safeParse(
      described === null ? await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, time) : null,
    );
    const itself = resource === 'cluster' && (kind === 'created' || kind === 'deleted' || attempt === 'CreateCluster');
    if (described === null && !recorded.success && !itself) continue;
    const tags = described?.tags ?? (recorded.success ? recorded.data.cluster.tags : {});
    clusters.push({ name, tags: { ...tags } });
  }
  return {
    clusters,
    touches: touches.flatMap((it) => clusterTouch.parse(it).resource),
    exposed: clusters.map(({ name }) => ({ type: 'AWS::EKS::Cluster', id: name })),
  };
}
