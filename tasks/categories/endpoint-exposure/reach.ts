import type { Resource } from '../../../runbooks/incident';
import type { ActionContext } from '../../actions/action';
import { describeCluster } from '../../aws/clusters';
import type { Reach } from '../../store/incidents';

/** The cluster whose endpoint it is. One that is gone exposes nothing any more: none. */
export async function reachOf(
  { aws }: ActionContext,
  { subjects }: { readonly subjects: readonly Resource[] },
): Promise<Reach> {
  const clusters = [];
  for (const { type, id } of subjects) {
    const cluster = type === 'AWS::EKS::Cluster' ? await describeCluster(aws.eks, id) : null;
    if (cluster !== null) clusters.push({ name: id, tags: { ...cluster.tags } });
  }
  return {
    clusters,
    touches: clusters.length === 0 ? [] : ['endpoint'],
    exposed: clusters.map(({ name }) => ({ type: 'AWS::EKS::Cluster', id: name })),
  };
}
