import {
  DescribeClusterCommand,
  DescribeUpdateCommand,
  type EKSClient,
  ListNodegroupsCommand,
  ListUpdatesCommand,
} from '@aws-sdk/client-eks';
import type { Tags } from '../aws/network';

/** An update that EKS gave up. */
export interface FailedUpdate {
  readonly id: string;
  readonly type: string;
  readonly nodegroup: string | null;
  readonly at: string;
  /** EKS's code and words, such as `NodeCreationFailure: …`. */
  readonly error: string;
}

/** A cluster as far as its posture goes. */
export interface ClusterPosture {
  readonly name: string;
  readonly version: string;
  /** Control-plane logs that are on, sorted. */
  readonly logTypes: readonly string[];
  /** The customer's key over secrets; null where there is none. EKS encrypts them all the same, from Kubernetes 1.28 on. */
  readonly secretsKey: string | null;
  /** Of each kind of update the last one, where it failed. */
  readonly failedUpdates: readonly FailedUpdate[];
  readonly tags: Tags;
}

/** So many updates of a cluster or node group are looked at, which is a page: EKS does not say in which order it lists them. */
const updatesRead = 100;
/** More calls at once EKS would throttle. */
const atOnce = 10;

/** A cluster's posture; null where there is no such cluster. Errors are AWS's own. */
export async function readPosture(eks: EKSClient, name: string): Promise<ClusterPosture | null> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    return {
      name,
      version: cluster?.version ?? '',
      logTypes: (cluster?.logging?.clusterLogging ?? [])
        .flatMap(({ enabled, types }) => (enabled === true ? (types ?? []) : []))
        .sort(),
      secretsKey:
        (cluster?.encryptionConfig ?? []).find(({ resources }) => resources?.includes('secrets'))?.provider?.keyArn ??
        null,
      failedUpdates: await failedUpdatesOf(eks, name),
      tags: cluster?.tags ?? {},
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
    throw error;
  }
}

async function failedUpdatesOf(eks: EKSClient, name: string): Promise<FailedUpdate[]> {
  const { nodegroups } = await eks.send(new ListNodegroupsCommand({ clusterName: name }));
  const failed: FailedUpdate[] = [];
  for (const nodegroup of [null, ...(nodegroups ?? [])]) {
    const within = nodegroup === null ? {} : { nodegroupName: nodegroup };
    const { updateIds } = await eks.send(new ListUpdatesCommand({ name, ...within }));
    const ids = (updateIds ?? []).slice(0, updatesRead);
    const updates = [];
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = ids
        .slice(from, from + atOnce)
        .map(
          async (updateId) => (await eks.send(new DescribeUpdateCommand({ name, updateId, ...within }))).update ?? [],
        );
      updates.push(...(await Promise.all(some)).flat());
    }
    const last = new Map<string, (typeof updates)[number]>();
    for (const update of updates.sort((a, b) => timeOf(a) - timeOf(b))) last.set(update.type ?? '', update);
    for (const { id = '', type = '', status, createdAt, errors } of last.values()) {
      if (status !== 'Failed') continue;
      const error = (errors ?? []).map(({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`).join('; ');
      failed.push({ id, type, nodegroup, at: createdAt?.toISOString() ?? '', error });
    }
  }
  return failed;
}

function timeOf({ createdAt }: { readonly createdAt?: Date | undefined }): number {
  return createdAt?.getTime() ?? 0;
}
