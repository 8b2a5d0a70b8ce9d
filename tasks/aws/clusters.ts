import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeFargateProfileCommand,
  DescribeIdentityProviderConfigCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  DescribeUpdateCommand,
  type EKSClient,
  type Cluster as EksCluster,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListIdentityProviderConfigsCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
  ListUpdatesCommand,
  type Update,
} from '@aws-sdk/client-eks';
import { type Json, json } from '../../runbooks/incident';

/** Reads clusters whole, in EKS's own words. What is gone is null; errors other than that are AWS's own. */

export function describeCluster(eks: EKSClient, name: string): Promise<EksCluster | null> {
  return found(async () => (await eks.send(new DescribeClusterCommand({ name }))).cluster ?? null);
}

/** An update of a cluster, or of one of its node groups. */
export function describeUpdate(
  eks: EKSClient,
  name: string,
  updateId: string,
  nodegroupName?: string,
): Promise<Update | null> {
  const input = { name, updateId, ...(nodegroupName === undefined ? {} : { nodegroupName }) };
  return found(async () => (await eks.send(new DescribeUpdateCommand(input))).update ?? null);
}

/**
 * The update that a cluster, or one of its node groups, is carrying out, and takes no other before it ends; null where
 * there is none. In which order EKS lists updates is not said.
 */
export async function readUpdateInProgress(
  eks: EKSClient,
  name: string,
  nodegroupName?: string,
): Promise<Update | null> {
  const of = { name, ...(nodegroupName === undefined ? {} : { nodegroupName }) };
  const ids = await listed(
    (token) => eks.send(new ListUpdatesCommand({ ...of, ...token })),
    ({ updateIds }) => updateIds,
  );
  for (const id of ids) {
    const update = await describeUpdate(eks, name, id, nodegroupName);
    if (update?.status === 'InProgress') return update;
  }
  return null;
}

export const listClusters = (eks: EKSClient) =>
  listed(
    (token) => eks.send(new ListClustersCommand(token)),
    ({ clusters }) => clusters,
  );

export const listNodegroups = (eks: EKSClient, clusterName: string) =>
  listed(
    (token) => eks.send(new ListNodegroupsCommand({ clusterName, ...token })),
    ({ nodegroups }) => nodegroups,
  );

export const listFargateProfiles = (eks: EKSClient, clusterName: string) =>
  listed(
    (token) => eks.send(new ListFargateProfilesCommand({ clusterName, ...token })),
    ({ fargateProfileNames }) => fargateProfileNames,
  );

export const listAddons = (eks: EKSClient, clusterName: string) =>
  listed(
    (token) => eks.send(new ListAddonsCommand({ clusterName, ...token })),
    ({ addons }) => addons,
  );

export async function describeNodegroup(eks: EKSClient, clusterName: string, nodegroupName: string) {
  return found(
    async () => (await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }))).nodegroup ?? null,
  );
}

export async function describeFargateProfile(eks: EKSClient, clusterName: string, fargateProfileName: string) {
  return found(
    async () =>
      (await eks.send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName }))).fargateProfile ?? null,
  );
}

export async function describeAddon(eks: EKSClient, clusterName: string, addonName: string) {
  return found(async () => (await eks.send(new DescribeAddonCommand({ clusterName, addonName }))).addon ?? null);
}

/** An access entry with its policies; null where it or its cluster is gone, or the cluster knows only the ConfigMap. */
export async function describeAccessEntry(eks: EKSClient, clusterName: string, principalArn: string) {
  return found(async () => {
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));
    if (accessEntry === undefined) return null;
    const policies = await listed(
      (token) => eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn, ...token })),
      ({ associatedAccessPolicies }) => associatedAccessPolicies,
    );
    return { ...accessEntry, policies };
  });
}

/** A cluster with everything that belongs to it: evidence, baseline and what a restoration would begin with. */
export async function readClusterWhole(eks: EKSClient, name: string): Promise<Json | null> {
  const cluster = await describeCluster(eks, name);
  if (cluster === null) return null;
  const each = async <T>(names: readonly string[], describe: (one: string) => Promise<T | null>): Promise<T[]> => {
    const all = [];
    for (const one of names) {
      const it = await describe(one);
      if (it !== null) all.push(it);
    }
    return all;
  };
  return asJson({
    cluster,
    nodegroups: await each(await listNodegroups(eks, name), (it) => describeNodegroup(eks, name, it)),
    fargateProfiles: await each(await listFargateProfiles(eks, name), (it) => describeFargateProfile(eks, name, it)),
    addons: await each(await listAddons(eks, name), (it) => describeAddon(eks, name, it)),
    accessEntries: await each(await listAccessEntries(eks, name), (it) => describeAccessEntry(eks, name, it)),
    podIdentityAssociations: await readPodIdentityAssociations(eks, name),
    identityProviderConfigs: await readIdentityProviders(eks, name),
  });
}

/** The ARNs of the principals that have one. */
export function listAccessEntries(eks: EKSClient, clusterName: string) {
  return listed(
    (token) => eks.send(new ListAccessEntriesCommand({ clusterName, ...token })),
    ({ accessEntries }) => accessEntries,
  );
}

/** Which service accounts of a cluster are given which roles. */
export async function readPodIdentityAssociations(eks: EKSClient, clusterName: string) {
  const ids = await listed(
    (token) => eks.send(new ListPodIdentityAssociationsCommand({ clusterName, ...token })),
    ({ associations }) => associations?.flatMap(({ associationId }) => associationId ?? []),
  );
  const all = [];
  for (const associationId of ids) {
    const it = await found(
      async () =>
        (await eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId }))).association ?? null,
    );
    if (it !== null) all.push(it);
  }
  return all;
}

async function readIdentityProviders(eks: EKSClient, clusterName: string) {
  const configs = await listed(
    (token) => eks.send(new ListIdentityProviderConfigsCommand({ clusterName, ...token })),
    ({ identityProviderConfigs }) => identityProviderConfigs?.flatMap(({ name }) => name ?? []),
  );
  const all = [];
  for (const name of configs) {
    const oidc = await describeIdentityProvider(eks, clusterName, name);
    if (oidc !== null) all.push({ oidc });
  }
  return all;
}

/** An OIDC identity provider of a cluster: EKS knows no other type, and one for each cluster. */
export function describeIdentityProvider(eks: EKSClient, clusterName: string, name: string) {
  const identityProviderConfig = { type: 'oidc', name };
  return found(async () => {
    const answer = await eks.send(new DescribeIdentityProviderConfigCommand({ clusterName, identityProviderConfig }));
    return answer.identityProviderConfig?.oidc ?? null;
  });
}

/** All of a list, to its last page; none where the cluster is gone or keeps no such list. */
async function listed<Page extends { nextToken?: string | undefined }, Item>(
  ask: (token: { nextToken?: string }) => Promise<Page>,
  from: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const page = await found(() => ask(token === undefined ? {} : { nextToken: token }));
    if (page === null) return all;
    all.push(...(from(page) ?? []));
    token = page.nextToken;
  } while (token !== undefined);
  return all;
}

/** A cluster whose authentication mode is CONFIG_MAP refuses to speak of access entries: it has none. */
const nothingThere = new Set(['ResourceNotFoundException', 'InvalidRequestException']);

async function found<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && nothingThere.has(error.name)) return null;
    throw error;
  }
}

export function asJson(value: unknown): Json {
  return json.parse(JSON.parse(JSON.stringify(value ?? null)));
}
