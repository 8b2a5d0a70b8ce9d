import {
  DeleteAddonCommand,
  DeleteClusterCommand,
  DeleteFargateProfileCommand,
  DeleteNodegroupCommand,
  type EKSClient,
} from '@aws-sdk/client-eks';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import {
  asJson,
  describeAddon,
  describeCluster,
  describeFargateProfile,
  describeNodegroup,
  listAddons,
  listFargateProfiles,
  listNodegroups,
  readClusterWhole,
} from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { statusOf } from '../clusters/status';
import { ContractBroken } from '../errors';
import type { Action, Application } from './action';
import { liftDeletionProtection } from './lift-deletion-protection';

/** What there is to know of something that is to be deleted: where it stands and since when. */
interface Described {
  readonly status?: string | undefined;
  readonly createdAt?: Date | undefined;
}

/** One kind of what a cluster is made of. EKS deletes a cluster only when it has no node groups and no profiles left. */
interface Kind {
  readonly type: string;
  readonly words: string;
  list(eks: EKSClient, cluster: string): Promise<string[]>;
  describe(eks: EKSClient, cluster: string, name: string): Promise<Described | null>;
  delete(eks: EKSClient, cluster: string, name: string): Promise<unknown>;
}

/** In the order in which they are deleted: the last pods go with the nodes, and an add-on may be what lets them go. */
const kinds: readonly Kind[] = [
  {
    type: 'AWS::EKS::Nodegroup',
    words: 'node group',
    list: listNodegroups,
    describe: describeNodegroup,
    delete: (eks, clusterName, nodegroupName) => eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName })),
  },
  {
    type: 'AWS::EKS::FargateProfile',
    words: 'Fargate profile',
    list: listFargateProfiles,
    describe: describeFargateProfile,
    delete: (eks, clusterName, fargateProfileName) =>
      eks.send(new DeleteFargateProfileCommand({ clusterName, fargateProfileName })),
  },
  {
    type: 'AWS::EKS::Addon',
    words: 'add-on',
    list: listAddons,
    describe: describeAddon,
    delete: (eks, clusterName, addonName) => eks.send(new DeleteAddonCommand({ clusterName, addonName })),
  },
];

/**
 * Deletes clusters, each part as a change of its own: deletion protection off where it is on, node groups, Fargate profiles,
 * add-ons, then the cluster. Each waits until what comes before it is gone. There is no way back: what goes is kept whole in
 * the evidence before anybody is asked.
 */
export const deleteCluster: Action = {
  id: 'delete-cluster',
  description: 'Deletes a cluster with its node groups, Fargate profiles and add-ons, in that order; cannot be undone',
  irreversible: true,
  // Draining and ending many nodes takes half an hour at the worst, the cluster ten minutes, each profile some minutes.
  takesSeconds: 4_800,
  permissions: {
    read: [readClustersWhole],
    write: [
      writeCluster('cluster', 'DeleteCluster'),
      writeCluster('nodegroup', 'DeleteNodegroup'),
      writeCluster('fargateprofile', 'DeleteFargateProfile'),
      writeCluster('addon', 'DeleteAddon'),
    ],
  },

  async propose(context, dossier) {
    const { eks } = context.aws;
    const changes: Change[] = [];
    for (const touched of dossier.clusters) {
      const { name } = touched;
      const cluster = await describeCluster(eks, name);
      if (cluster === null || cluster.status === 'DELETING') continue;
      const owner = ownerByTags(cluster.tags ?? {});
      const warnings = owner === null ? [] : [`${owner} made this cluster and makes it again at its next run.`];
      const change = (type: string, id: string, words: string, described: Described): Change => ({
        id: `delete-cluster:${type}:${id}`,
        action: 'delete-cluster',
        target: { type, id },
        before: identityOf(described),
        after: gone,
        line: `${name}: delete ${words}`,
        reversible: false,
        knownFrom: 'event',
        owner,
        warnings,
      });
      const lifted =
        cluster.deletionProtection === true
          ? await liftDeletionProtection.propose(context, { ...dossier, clusters: [touched] })
          : [];
      // It goes with the cluster: nobody can switch it on again.
      changes.push(...lifted.map((it) => ({ ...it, reversible: false })));
      for (const kind of kinds) {
        for (const part of await kind.list(eks, name)) {
          const described = await kind.describe(eks, name, part);
          if (described === null) continue;
          changes.push(change(kind.type, `${name}/${part}`, `the ${kind.words} ${part}`, described));
        }
      }
      changes.push(change('AWS::EKS::Cluster', name, 'the cluster', cluster));
    }
    return changes;
  },

  async takesAway({ aws: { eks } }, { target: { type, id } }) {
    if (type === 'AWS::EKS::Cluster') return readClusterWhole(eks, id);
    const { kind, cluster, name } = partOf(type, id);
    const described = await kind.describe(eks, cluster, name);
    return described === null ? null : asJson(described);
  },

  async present({ aws: { eks } }, { target: { type, id } }) {
    if (type === 'AWS::EKS::Cluster') return identityOf(await describeCluster(eks, id));
    const { kind, cluster, name } = partOf(type, id);
    return identityOf(await kind.describe(eks, cluster, name));
  },

  async apply({ aws: { eks } }, { target: { type, id } }) {
    if (type === 'AWS::EKS::Cluster') return deleteItself(eks, id);
    const { kind, cluster, name } = partOf(type, id);
    const described = await kind.describe(eks, cluster, name);
    if (described === null || described.status === 'DELETING') return undefined;
    const waitingFor = await whatComesFirst(eks, cluster, kinds.slice(0, kinds.indexOf(kind)));
    return waitingFor === null
      ? begin(`another change of ${cluster}`, () => kind.delete(eks, cluster, name))
      : { waitingFor };
  },

  async verify({ aws: { eks } }, { target: { type, id } }) {
    const { kind, cluster, name } =
      type === 'AWS::EKS::Cluster' ? { kind: null, cluster: id, name: id } : partOf(type, id);
    const described = kind === null ? await describeCluster(eks, id) : await kind.describe(eks, cluster, name);
    if (described === null) return { state: 'done' };
    if (described.status === 'DELETING') return { state: 'pending', waitingFor: `${name} to be deleted` };
    return { state: 'failed', reason: `${name} is ${described.status ?? 'still there'}` };
  },

  undo: () => null,
};

const gone = { exists: false } as const;

/** Which one it is: another of the same name, made since, is none of this change's business. */
function identityOf(described: Described | null): Json {
  return described === null ? gone : { exists: true, createdAt: described.createdAt?.toISOString() ?? null };
}

function partOf(type: string, id: string): { kind: Kind; cluster: string; name: string } {
  const kind = kinds.find((it) => it.type === type);
  // Neither a cluster's name nor a part's can hold a slash.
  const [cluster, name] = id.split('/');
  if (kind === undefined || cluster === undefined || name === undefined) {
    throw new ContractBroken(`${type} ${id} is no part of a cluster`);
  }
  return { kind, cluster, name };
}

async function deleteItself(eks: EKSClient, name: string): Promise<Application | undefined> {
  const cluster = await describeCluster(eks, name);
  if (cluster === null || cluster.status === 'DELETING') return undefined;
  const waitingFor = await whatComesFirst(eks, name, kinds);
  return waitingFor === null
    ? begin(`another change of ${name}`, () => eks.send(new DeleteClusterCommand({ name })))
    : { waitingFor };
}

/** What must be gone before the next may go; null where nothing is left of it. */
async function whatComesFirst(eks: EKSClient, name: string, before: readonly Kind[]): Promise<string | null> {
  const cluster = await describeCluster(eks, name);
  const status = statusOf(cluster);
  // While its protection is on the cluster would stay, without what is deleted first. Of one that has failed it is ignored.
  if (cluster?.deletionProtection === true && status !== 'FAILED')
    return `the deletion protection of ${name} to be off`;
  if (status === 'CREATING') return `${name} to be made: it cannot be deleted before`;
  for (const kind of before) {
    const [left] = await kind.list(eks, name);
    if (left !== undefined) return `the ${kind.words} ${left} to be gone`;
  }
  return null;
}

async function begin(busy: string, call: () => Promise<unknown>): Promise<Application | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return { waitingFor: busy };
    throw error;
  }
}
