import { endpointTouch } from '../../../runbooks/endpoint-exposure';
import type { ActionContext } from '../../actions/action';
import { readTouchedCluster } from '../../clusters/touched';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';

/** The cluster whose endpoint it is. One that is gone exposes nothing any more: none. */
export async function reachOf(context: ActionContext, { touches }: Pick<JoinedEvent, 'touches'>): Promise<Reach> {
  const clusters = [];
  for (const touch of touches) {
    const cluster = await readTouchedCluster(context, endpointTouch.parse(touch).cluster);
    if (cluster !== null) clusters.push(cluster);
  }
  return {
    clusters,
    touches: clusters.length === 0 ? [] : ['endpoint'],
    exposed: clusters.map(({ name }) => ({ type: 'AWS::EKS::Cluster', id: name })),
  };
}
