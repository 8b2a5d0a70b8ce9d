import type { Cluster } from '@aws-sdk/client-eks';
import { type ClusterStatus, clusterStatus } from '../../runbooks/cluster';
import type { ActionContext } from '../actions/action';
import { describeCluster } from '../aws/clusters';
import { unlessRefused } from '../unless-refused';

/** How a described cluster stands; `gone` where there is none. */
export function statusOf(cluster: { readonly status?: string | undefined } | null): ClusterStatus {
  return cluster === null ? 'gone' : clusterStatus.catch('unknown').parse(cluster.status);
}

/** A cluster as EKS describes it, and how it stands; of one that we may not read nothing is known, and that is noted. */
export function readStanding(
  context: Pick<ActionContext, 'aws' | 'problems'>,
  name: string,
): Promise<{ readonly cluster: Cluster | null; readonly clusterStatus: ClusterStatus }> {
  const unread = { cluster: null, clusterStatus: 'unknown' as const };
  return unlessRefused(context, `the cluster ${name}`, unread, async () => {
    const cluster = await describeCluster(context.aws.eks, name);
    return { cluster, clusterStatus: statusOf(cluster) };
  });
}
