import type { Json, Resource } from '../../runbooks/incident';
import type { ActionContext } from '../actions/action';
import type { AwsClients } from '../aws/clients';
import { readClusterWhole } from '../aws/clusters';

/** How a cluster is recorded, as evidence and as baseline: whole. Null where it is gone, or is no cluster. */
export async function readClusterState({ eks }: Pick<AwsClients, 'eks'>, { type, id }: Resource): Promise<Json | null> {
  return type === 'AWS::EKS::Cluster' ? readClusterWhole(eks, id) : null;
}

export async function clusterBaseline(
  _context: Pick<ActionContext, 'aws'>,
  clusters: readonly string[],
): Promise<readonly Resource[]> {
  return clusters.map((id) => ({ type: 'AWS::EKS::Cluster', id }));
}
