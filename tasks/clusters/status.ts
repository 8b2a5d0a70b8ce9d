import { type ClusterStatus, clusterStatus } from '../../runbooks/cluster';

/** How a described cluster stands; `gone` where there is none. */
export function statusOf(cluster: { readonly status?: string | undefined } | null): ClusterStatus {
  return cluster === null ? 'gone' : clusterStatus.catch('unknown').parse(cluster.status);
}
