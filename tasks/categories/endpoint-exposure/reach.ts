import { endpointTouch } from '../../../runbooks/endpoint-exposure';
import type { ActionContext } from '../../actions/action';
import { describeCluster } from '../../aws/clusters';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';

/** The cluster whose endpoint it is. One that is gone exposes nothing any more: none. */
export async function reachOf({ aws }: ActionContext, { touches }: Pick<JoinedEvent, 'touches'>): Promise<Reach> {
  const clusters = [];
  for (const touch of touches) {
    const { cluster: name } = endpointTouch.parse(touch);
    const cluster = await describeCluster(aws.eks, name);
    if (cluster !== null) clusters.push({ name, tags: { ...cluster.tags } });
  }
  return {
    clusters,
    touches: clusters.length === 0 ? [] : ['endpoint'],
    exposed: clusters.map(({ name }) => ({ type: 'AWS::EKS::Cluster', id: name })),
  };
}
