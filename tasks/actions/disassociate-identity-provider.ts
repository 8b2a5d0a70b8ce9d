import {
  AssociateIdentityProviderConfigCommand,
  DisassociateIdentityProviderConfigCommand,
  type EKSClient,
  type OidcIdentityProviderConfig,
} from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { describeCluster, describeIdentityProvider } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { statusOf } from '../clusters/status';
import { clusterTouchesOf } from '../clusters/touches';
import { beginUpdate, updateStands } from '../clusters/updates';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

/** An identity provider as changes hold it; null: it is not associated. */
const provider = z
  .strictObject({
    issuerUrl: z.string(),
    clientId: z.string(),
    usernameClaim: z.string().nullable(),
    usernamePrefix: z.string().nullable(),
    groupsClaim: z.string().nullable(),
    groupsPrefix: z.string().nullable(),
    requiredClaims: z.record(z.string(), z.string()),
    tags: z.record(z.string(), z.string()),
  })
  .nullable();
type Provider = z.infer<typeof provider>;
const side = z.strictObject({ cluster: z.string(), provider });

/**
 * Takes an identity provider from a cluster that the incident associated with it: whoever runs the provider says who is in
 * which group. EKS takes minutes for it. It can be associated again with the same settings, which is how it is undone.
 * https://docs.aws.amazon.com/eks/latest/userguide/authenticate-oidc-identity-provider.html
 */
export const disassociateIdentityProvider: Action = {
  id: 'disassociate-identity-provider',
  description: 'Takes an OIDC identity provider away from a cluster that it was associated with',
  permissions: {
    read: [readClustersWhole],
    write: [
      writeCluster('cluster', 'AssociateIdentityProviderConfig'),
      writeCluster('identityproviderconfig', 'DisassociateIdentityProviderConfig'),
    ],
  },
  /** An association that is under way is waited for; either may take a quarter of an hour. */
  takesSeconds: 2_400,

  async propose({ aws: { eks } }, dossier) {
    const changes: Change[] = [];
    const associated = clusterTouchesOf(dossier).flatMap(({ resource, kind, cluster, name }) =>
      resource === 'identity-provider' && kind === 'created' && name !== null ? [{ cluster, name }] : [],
    );
    for (const { cluster, name } of new Map(associated.map((it) => [`${it.cluster} ${it.name}`, it])).values()) {
      const now = await readProvider(eks, cluster, name);
      if (now === null) continue;
      const owner = ownerByTags(now.tags);
      changes.push({
        id: `disassociate-identity-provider:${cluster}/${name}`,
        action: 'disassociate-identity-provider',
        target: { type: 'AWS::EKS::IdentityProviderConfig', id: `${cluster}/${name}` },
        before: { cluster, provider: now },
        after: { cluster, provider: null },
        line: `${cluster}: take the identity provider ${name} (${now.issuerUrl}) away`,
        reversible: true,
        knownFrom: 'event',
        owner,
        warnings: [
          'Nobody whom this provider vouches for reaches the cluster any more; IAM principals still do.',
          ...(owner === null ? [] : [`${owner} made this and may make it so again at its next run.`]),
        ],
      });
    }
    return changes;
  },

  async present({ aws: { eks } }, { target, after }) {
    const { cluster } = side.parse(after);
    if ((await describeCluster(eks, cluster)) === null) return null;
    return { cluster, provider: await readProvider(eks, cluster, nameIn(target.id, cluster)) };
  },

  async apply({ aws: { eks } }, { target, after }) {
    const { cluster: clusterName, provider: wanted } = side.parse(after);
    const name = nameIn(target.id, clusterName);
    const status = statusOf(await describeCluster(eks, clusterName));
    if (status !== 'ACTIVE') return { waitingFor: `${clusterName} to be ACTIVE: it is ${status}` };
    if (sameState(await readProvider(eks, clusterName, name), wanted)) return undefined;
    const identityProviderConfig = { type: 'oidc', name };
    return beginUpdate(clusterName, () =>
      wanted === null
        ? eks.send(new DisassociateIdentityProviderConfigCommand({ clusterName, identityProviderConfig }))
        : eks.send(new AssociateIdentityProviderConfigCommand({ clusterName, ...requestOf(name, wanted) })),
    );
  },

  async verify(context, change, reference) {
    const { cluster } = side.parse(change.after);
    const begun = await updateStands(context.aws.eks, cluster, reference);
    if (begun !== null) return begun;
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `the identity provider ${change.target.id} is not as it should be` };
  },

  undo: inverted,
};

function nameIn(target: string, cluster: string): string {
  return target.slice(cluster.length + 1);
}

async function readProvider(eks: EKSClient, cluster: string, name: string): Promise<Provider> {
  const found: OidcIdentityProviderConfig | null = await describeIdentityProvider(eks, cluster, name);
  if (found === null) return null;
  return {
    issuerUrl: found.issuerUrl ?? '',
    clientId: found.clientId ?? '',
    usernameClaim: found.usernameClaim ?? null,
    usernamePrefix: found.usernamePrefix ?? null,
    groupsClaim: found.groupsClaim ?? null,
    groupsPrefix: found.groupsPrefix ?? null,
    requiredClaims: { ...found.requiredClaims },
    tags: { ...found.tags },
  };
}

function requestOf(identityProviderConfigName: string, { tags, requiredClaims, ...it }: NonNullable<Provider>) {
  const { issuerUrl, clientId, usernameClaim, usernamePrefix, groupsClaim, groupsPrefix } = it;
  return {
    oidc: {
      identityProviderConfigName,
      issuerUrl,
      clientId,
      requiredClaims,
      ...(usernameClaim === null ? {} : { usernameClaim }),
      ...(usernamePrefix === null ? {} : { usernamePrefix }),
      ...(groupsClaim === null ? {} : { groupsClaim }),
      ...(groupsPrefix === null ? {} : { groupsPrefix }),
    },
    tags,
  };
}
