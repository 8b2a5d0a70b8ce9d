import type { EKSClient, Update } from '@aws-sdk/client-eks';
import type { Application, Verification } from '../actions/action';
import { describeUpdate } from '../aws/clusters';

/** Starts an update, or waits where somebody's began since `subject`, a cluster or a node group, was looked at. */
export async function beginUpdate(
  subject: string,
  call: () => Promise<{ readonly update?: Update | undefined }>,
): Promise<Application | undefined> {
  try {
    const { update } = await call();
    return update?.id === undefined ? undefined : { reference: update.id };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') {
      return { waitingFor: `another update of ${subject}` };
    }
    throw error;
  }
}

/** How an update that was begun stands while EKS works on it, and when it gave it up, in its own words; null otherwise. */
export async function updateStands(
  eks: EKSClient,
  cluster: string,
  reference: string | null,
  nodegroup?: string,
): Promise<Exclude<Verification, { state: 'done' }> | null> {
  const update = reference === null ? null : await describeUpdate(eks, cluster, reference, nodegroup);
  switch (update?.status) {
    case 'InProgress':
      return { state: 'pending', waitingFor: `the update ${update.id}` };
    case 'Failed':
    case 'Cancelled': {
      const why = (update.errors ?? []).map(({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`);
      const because = why.join('; ') || 'EKS says no more';
      return { state: 'failed', reason: `the update ${update.id} is ${update.status}: ${because}` };
    }
    default:
      return null;
  }
}
