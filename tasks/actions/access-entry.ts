import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  type EKSClient,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import * as z from 'zod';
import { describeAccessEntry, describeCluster } from '../aws/clusters';
import { writeCluster } from '../clusters/permissions';
import type { Permission } from '../permission';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const policy = z.strictObject({
  policyArn: z.string(),
  accessScope: z.strictObject({ type: z.enum(['cluster', 'namespace']), namespaces: z.array(z.string()) }),
});
/** An access entry with its policies, as changes hold it. */
const entry = z.strictObject({
  type: z.string(),
  username: z.string(),
  kubernetesGroups: z.array(z.string()),
  policies: z.array(policy),
  tags: z.record(z.string(), z.string()),
});
export type AccessEntry = z.infer<typeof entry>;
/** `entry: null`: there is none. */
const side = z.strictObject({ cluster: z.string(), entry: entry.nullable() });

export const writeAccessEntries: readonly Permission[] = [
  writeCluster('cluster', 'CreateAccessEntry'),
  writeCluster(
    'access-entry',
    'AssociateAccessPolicy',
    'DeleteAccessEntry',
    'DisassociateAccessPolicy',
    'UpdateAccessEntry',
  ),
];

/** What responders are told beside every access that is taken away. */
export const tokensLiveOn = 'A token that is in use already is good for up to 15 minutes.';

/** What changes of access entries have in common, whoever proposes them: both sides are `{ cluster, entry }`. */
export const accessEntryChanges: Pick<Action, 'present' | 'apply' | 'verify' | 'undo'> = {
  async present({ aws }, { target, after }) {
    const { cluster } = side.parse(after);
    if ((await describeCluster(aws.eks, cluster)) === null) return null;
    return { cluster, entry: await readAccessEntry(aws.eks, cluster, target.id.slice(cluster.length + 1)) };
  },

  async apply({ aws: { eks } }, { target, after }) {
    const { cluster: clusterName, entry: wanted } = side.parse(after);
    const principalArn = target.id.slice(clusterName.length + 1);
    const now = await readAccessEntry(eks, clusterName, principalArn);
    if (wanted === null) {
      if (now !== null) await eks.send(new DeleteAccessEntryCommand({ clusterName, principalArn }));
      return;
    }
    if (now === null) {
      const { type, username, kubernetesGroups, tags } = wanted;
      // A standard entry has its principal for a name unless another was chosen; the other types have theirs from EKS.
      const chosen = type === 'STANDARD' ? { username, kubernetesGroups } : {};
      await eks.send(new CreateAccessEntryCommand({ clusterName, principalArn, type, tags, ...chosen }));
    } else if (now.username !== wanted.username || !sameState(now.kubernetesGroups, wanted.kubernetesGroups)) {
      const { username, kubernetesGroups } = wanted;
      await eks.send(new UpdateAccessEntryCommand({ clusterName, principalArn, username, kubernetesGroups }));
    }
    const has = now?.policies ?? [];
    for (const it of wanted.policies.filter((one) => !has.some((other) => sameState(one, other)))) {
      await eks.send(new AssociateAccessPolicyCommand({ clusterName, principalArn, ...it }));
    }
    for (const { policyArn } of has.filter((one) => !wanted.policies.some((it) => it.policyArn === one.policyArn))) {
      await eks.send(new DisassociateAccessPolicyCommand({ clusterName, principalArn, policyArn }));
    }
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `the access entry ${change.target.id} is not as it should be` };
  },

  undo: inverted,
};

/** Null where there is no such entry, or no such cluster. */
export async function readAccessEntry(
  eks: EKSClient,
  cluster: string,
  principalArn: string,
): Promise<AccessEntry | null> {
  const found = await describeAccessEntry(eks, cluster, principalArn);
  if (found === null) return null;
  const policies = found.policies.map(({ policyArn, accessScope }) => ({
    policyArn: policyArn ?? '',
    accessScope: {
      type: accessScope?.type === 'namespace' ? ('namespace' as const) : ('cluster' as const),
      namespaces: [...(accessScope?.namespaces ?? [])].sort(),
    },
  }));
  return {
    type: found.type ?? 'STANDARD',
    username: found.username ?? principalArn,
    kubernetesGroups: [...(found.kubernetesGroups ?? [])].sort(),
    policies: policies.sort((a, b) => (a.policyArn < b.policyArn ? -1 : 1)),
    tags: { ...found.tags },
  };
}
