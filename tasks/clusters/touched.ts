import type { ActionContext } from '../actions/action';
import { readCluster } from '../aws/network';
import type { Reach } from '../store/incidents';
import { unlessRefused } from '../unless-refused';

/**
 * A cluster as an incident has it; null where EKS knows none of that name. One that we may not read is there, or EKS would
 * say so: its tags are not known, and that is noted.
 */
export async function readTouchedCluster(
  context: Pick<ActionContext, 'aws' | 'problems'>,
  name: string,
): Promise<Reach['clusters'][number] | null> {
  const unread = { tags: {} };
  const cluster = await unlessRefused(context, `the cluster ${name}`, unread, () => readCluster(context.aws.eks, name));
  return cluster === null ? null : { name, tags: { ...cluster.tags } };
}
