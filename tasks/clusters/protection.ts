import type { EKSClient } from '@aws-sdk/client-eks';
import * as z from 'zod';
import { describeCluster, listClusters } from '../aws/clusters';
import type { ClusterSetting } from './setting';

const protection = z.strictObject({ deletionProtection: z.boolean() });
type Protection = z.infer<typeof protection>;

/** Whether EKS refuses to delete a cluster. It is ignored while a cluster is being made, has failed or is being deleted. */
export const protectionSetting: ClusterSetting<Protection> = {
  schema: protection,
  of: ({ deletionProtection }) => ({ deletionProtection: deletionProtection ?? false }),
  updateType: 'DeletionProtectionUpdate',
  pending: (params, now) => {
    const said = params.get('DeletionProtection');
    return said === undefined ? now : { deletionProtection: said === 'true' };
  },
  input: ({ deletionProtection }) => ({ deletionProtection }),
  tell: ({ deletionProtection }) => `deletion protection ${deletionProtection ? 'on' : 'off'}`,
  effects: () => [],
};

/** The clusters of the account and Region that a single call deletes. */
export async function unprotectedClusters(eks: EKSClient): Promise<string[]> {
  const found = [];
  for (const name of await listClusters(eks)) {
    const cluster = await describeCluster(eks, name);
    const stands = cluster !== null && cluster.status !== 'DELETING' && cluster.status !== 'FAILED';
    if (stands && cluster.deletionProtection !== true) found.push(name);
  }
  return found;
}
