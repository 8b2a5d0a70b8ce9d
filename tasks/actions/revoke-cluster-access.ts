import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeCluster } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole } from '../clusters/permissions';
import { clusterTouchesOf } from '../clusters/touches';
import { sameState } from '../same-state';
import {
  type AccessEntry,
  accessEntryChanges,
  readAccessEntry,
  tokensLiveOn,
  writeAccessEntries,
} from './access-entry';
import type { Action } from './action';

/**
 * Takes away the access that the incident gave: an entry that it created goes as a whole; of one that was there before the
 * policies that were associated, or their new scope, and the names and groups that were changed where it is known what they
 * were. It does not end what a session does that has a token already; tokens live 15 minutes.
 */
export const revokeClusterAccess: Action = {
  id: 'revoke-cluster-access',
  description:
    'Takes away the access to a cluster that was given: the entry that was created, or the policies associated',
  permissions: {
    read: [readClustersWhole],
    write: writeAccessEntries,
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
      const now = await readAccessEntry(aws.eks, name, principalArn);
      if (cluster === null || now === null) continue;
      const ofIt = given.filter((it) => it.cluster === name && it.principalArn === principalArn);
      const policies = new Set(ofIt.flatMap(({ policyArn }) => policyArn ?? []));
      const created = ofIt.some((it) => it.created);
      const [{ time: first } = { time }] = ofIt;
      const kept = now.policies.filter(({ policyArn }) => !policies.has(policyArn));
      const remembered = created
        ? null
        : recordedEntry(await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, first), principalArn);
      // A policy that is associated again takes its new scope: the one that it had comes back.
      const had = (remembered?.policies ?? []).filter(({ policyArn }) => policies.has(policyArn));
      const stood =
        remembered === null || !ofIt.some(({ updated }) => updated)
          ? null
          : { username: remembered.username, kubernetesGroups: remembered.kubernetesGroups };
      const after = created ? null : { ...now, ...stood, policies: byArn([...kept, ...had]) };
      if (sameState(now, after)) continue;
      const names = [
        ...[...policies].map((arn) => {
          const before = had.find(({ policyArn }) => policyArn === arn)?.accessScope;
          const scope = before === undefined ? '' : ` (back to ${before.namespaces.join(', ') || 'the whole cluster'})`;
          return `${arn.split('/').at(-1) ?? arn}${scope}`;
        }),
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
        knownFrom: stood === null && had.length === 0 ? 'event' : 'baseline',
        owner,
        warnings: [
          tokensLiveOn,
          ...(owner === null ? [] : [`${owner} made this and may give the access again at its next run.`]),
        ],
      });
    }
    return changes;
  },

  ...accessEntryChanges,
};

const recorded = z.looseObject({
  accessEntries: z.array(
    z.looseObject({
      principalArn: z.string(),
      username: z.string(),
      kubernetesGroups: z.array(z.string()).default([]),
      policies: z
        .array(
          z.looseObject({
            policyArn: z.string(),
            accessScope: z.looseObject({
              type: z.enum(['cluster', 'namespace']),
              namespaces: z.array(z.string()).default([]),
            }),
          }),
        )
        .default([]),
    }),
  ),
});

/** The name, the groups and the policies of an entry as they were recorded; null where nobody did. */
function recordedEntry(
  state: Json | null,
  principal: string,
): Pick<AccessEntry, 'username' | 'kubernetesGroups' | 'policies'> | null {
  const parsed = recorded.safeParse(state);
  const found = parsed.success
    ? parsed.data.accessEntries.find(({ principalArn }) => principalArn === principal)
    : undefined;
  if (found === undefined) return null;
  const policies = found.policies.map(({ policyArn, accessScope: { type, namespaces } }) => ({
    policyArn,
    accessScope: { type, namespaces: [...namespaces].sort() },
  }));
  return { username: found.username, kubernetesGroups: [...found.kubernetesGroups].sort(), policies };
}

function byArn(policies: AccessEntry['policies']): AccessEntry['policies'] {
  return [...policies].sort((a, b) => (a.policyArn < b.policyArn ? -1 : 1));
}
