import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  type EKSClient,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeAccessEntry, describeCluster } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { clusterTouchesOf } from '../clusters/touches';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const policy = z.strictObject({
  policyArn: z.string(),
  accessScope: z.strictObject({ type: z.enum(['cluster', 'namespace']), namespaces: z.array(z.string()) }),
});
/** An access entry with its policies, as changes hold it; null: there is no such entry. */
const entry = z
  .strictObject({
    type: z.string(),
    username: z.string(),
    kubernetesGroups: z.array(z.string()),
    policies: z.array(policy),
    tags: z.record(z.string(), z.string()),
  })
  .nullable();
type Entry = z.infer<typeof entry>;
const side = z.strictObject({ cluster: z.string(), entry });

/**
 * Takes away the access that the incident gave: an entry that it created goes as a whole; of one that was there before the
 * policies that were associated, and the names and groups that were changed where it is known what they were. It does not end what a session does that has a token already; tokens live 15 minutes.
 */
export const revokeClusterAccess: Action = {
  id: 'revoke-cluster-access',
  description:
    'Takes away the access to a cluster that was given: the entry that was created, or the policies associated',
  permissions: {
    read: [readClustersWhole],
    write: [
      writeCluster('cluster', 'CreateAccessEntry'),
      writeCluster(
        'access-entry',
        'AssociateAccessPolicy',
        'DeleteAccessEntry',
        'DisassociateAccessPolicy',
        'UpdateAccessEntry',
      ),
    ],
  },

  async propose(context, dossier) {
    const { aws } = context;
    const changes: Change[] = [];
    const given = clusterTouchesOf(dossier).flatMap(({ cluster, kind, access, time }) =>
      access === null || kind === 'attempted' ? [] : [{ cluster, time, updated: kind === 'updated', ...access }],
    );
    const subjects = new Map(given.map((it) => [`${it.cluster} ${it.principalArn}`, it]));
    for (const { cluster: name, principalArn, time } of subjects.values()) {
      const cluster = await describeCluster(aws.eks, name);
      const now = await readEntry(aws.eks, name, principalArn);
      if (cluster === null || now === null) continue;
      const ofIt = given.filter((it) => it.cluster === name && it.principalArn === principalArn);
      const policies = new Set(ofIt.flatMap(({ policyArn }) => policyArn ?? []));
      const created = ofIt.some((it) => it.created);
      const kept = now.policies.filter(({ policyArn }) => !policies.has(policyArn));
      const stood =
        created || !ofIt.some(({ updated }) => updated)
          ? null
          : recordedEntry(await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, time), principalArn);
      const after = created ? null : { ...now, ...stood, policies: kept };
      if (sameState(now, after)) continue;
      const names = [
        ...[...policies].map((arn) => arn.split('/').at(-1) ?? arn),
        ...(stood === null ? [] : ['the names and groups that it was given']),
      ];
      const owner = ownerByTags(now.tags) ?? ownerByTags(cluster.tags ?? {});
      changes.push({
        id: `revoke-cluster-access:${name}:${principalArn}`,
        action: 'revoke-cluster-access',
        target: { type: 'AWS::EKS::AccessEntry', id: `${name}/${principalArn}` },
        before: { cluster: name, entry: now },
        after: { cluster: name, entry: after },
        line: created
          ? `${name}: delete the access entry of ${principalArn}`
          : `${name}: take ${[...names].join(', ')} from ${principalArn}`,
        reversible: true,
        knownFrom: stood === null ? 'event' : 'baseline',
        owner,
        warnings: [
          'A token that is in use already is good for up to 15 minutes.',
          ...(owner === null ? [] : [`${owner} made this and may give the access again at its next run.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws }, { target, after }) {
    const { cluster } = side.parse(after);
    if ((await describeCluster(aws.eks, cluster)) === null) return null;
    return { cluster, entry: await readEntry(aws.eks, cluster, target.id.slice(cluster.length + 1)) };
  },

  async apply({ aws: { eks } }, { target, after }) {
    const { cluster: clusterName, entry: wanted } = side.parse(after);
    const principalArn = target.id.slice(clusterName.length + 1);
    const now = await readEntry(eks, clusterName, principalArn);
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

async function readEntry(eks: EKSClient, cluster: string, principalArn: string): Promise<Entry> {
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

const recorded = z.looseObject({
  accessEntries: z.array(
    z.looseObject({
      principalArn: z.string(),
      username: z.string(),
      kubernetesGroups: z.array(z.string()).default([]),
    }),
  ),
});

/** The name and the groups of an entry as they were recorded; null where nobody did. */
function recordedEntry(
  state: Json | null,
  principal: string,
): Pick<NonNullable<Entry>, 'username' | 'kubernetesGroups'> | null {
  const parsed = recorded.safeParse(state);
  const found = parsed.success
    ? parsed.data.accessEntries.find(({ principalArn }) => principalArn === principal)
    : undefined;
  return found === undefined
    ? null
    : { username: found.username, kubernetesGroups: [...found.kubernetesGroups].sort() };
}
