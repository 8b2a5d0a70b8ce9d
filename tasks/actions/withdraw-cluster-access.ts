import type { Cluster } from '@aws-sdk/client-eks';
import { ListInstanceProfilesForRoleCommand } from '@aws-sdk/client-iam';
import type { Change } from '../../runbooks/change';
import { describeCluster, listAccessEntries } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { runningWith } from '../categories/node-compromise/nodes';
import { readClustersWhole } from '../clusters/permissions';
import type { Dossier } from '../dossier';
import { errorName } from '../errors';
import { instancesOf, nodeSettingsOf, nodesOf } from '../forensics/request';
import { profileAssociation, roleOfProfile } from '../forensics/roles';
import { rolesOfSuspects } from '../forensics/workload';
import { accessEntryChanges, readAccessEntry, tokensLiveOn, writeAccessEntries } from './access-entry';
import type { Action, ActionContext } from './action';
import { principalsOf } from './principals';

/** A principal that may be in other hands: a user or a role by its name. */
interface InReach {
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly because: string;
}

/** Entries by which instances are nodes: EKS gives them what they need, and nobody else can have it. */
const nodeTypes = new Set(['EC2', 'EC2_LINUX', 'EC2_WINDOWS', 'HYBRID_LINUX', 'HYPERPOD_LINUX', 'FARGATE_LINUX']);

/**
 * Takes the access to the incident's clusters from principals in reach: whoever acted, whose credentials a finding names, the
 * roles of suspect pods, and the node's own role where all of it counts as compromised. What other nodes are nodes by is
 * never taken: the cluster would lose all of them.
 */
export const withdrawClusterAccess: Action = {
  id: 'withdraw-cluster-access',
  description: 'Deletes the access entries of principals that may be in other hands; never those of other nodes',
  permissions: {
    read: [
      readClustersWhole,
      { actions: ['ec2:DescribeIamInstanceProfileAssociations', 'ec2:DescribeInstances'], on: ['*'] },
      { actions: ['iam:GetInstanceProfile'], on: [`arn:\${Partition}:iam::\${Account}:instance-profile/*`] },
      {
        actions: ['iam:GetRole', 'iam:ListInstanceProfilesForRole'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
      },
    ],
    write: writeAccessEntries,
  },
  after: [],

  async propose(context, dossier) {
    try {
      const [found, clusters] = await Promise.all([
        Promise.all([acted(dossier), ofPods(context, dossier), ofNodes(context, dossier)]),
        Promise.all(dossier.clusters.map(({ name }) => readAccess(context, name))),
      ]);
      const inReach = new Map(found.flat().map((it) => [`${it.kind}/${it.name}`, it]));
      if (inReach.size === 0) return [];
      const changes = clusters.map((it) => (it === null ? [] : proposeFor(context, it, inReach, instancesOf(dossier))));
      return (await Promise.all(changes)).flat();
    } catch (error) {
      // It goes with an isolation, which waits for nothing of EKS's.
      context.problems.add(`who has access to the cluster was not looked at: ${errorName(error)}`);
      return [];
    }
  },

  ...accessEntryChanges,
};

function acted(dossier: Dossier): InReach[] {
  return principalsOf(dossier).map(({ kind, name }) => ({
    kind,
    name,
    because: 'It acted in this incident, or a finding names its credentials.',
  }));
}

async function ofPods(context: ActionContext, dossier: Dossier): Promise<InReach[]> {
  const roles = await rolesOfSuspects(context, dossier);
  return roles.map(({ role, because }) => ({ kind: 'role', name: role, because: `${because}.` }));
}

async function ofNodes({ aws }: ActionContext, dossier: Dossier): Promise<InReach[]> {
  if (nodeSettingsOf(dossier).revokeSessions !== 'whole-role') return [];
  const roles = (await nodesOf({ aws }, dossier)).map(async ({ id, profileArn }): Promise<InReach[]> => {
    const profile = (await profileAssociation(aws.ec2, id))?.IamInstanceProfile?.Arn ?? profileArn;
    const name = profile === null ? null : await roleOfProfile(aws.iam, profile);
    return name === null ? [] : [{ kind: 'role', name, because: `${id} is a node by it, and is one no longer.` }];
  });
  return (await Promise.all(roles)).flat();
}

/** Whom a cluster lets in by access entries, and how else it does. */
interface Access {
  readonly cluster: Cluster;
  readonly name: string;
  readonly principals: readonly string[];
}

async function readAccess({ aws: { eks } }: ActionContext, name: string): Promise<Access | null> {
  const cluster = await describeCluster(eks, name);
  if (cluster === null) return null;
  // A cluster that goes by its ConfigMap alone refuses to be asked.
  const asked = cluster.accessConfig?.authenticationMode !== 'CONFIG_MAP';
  return { cluster, name, principals: asked ? await listAccessEntries(eks, name) : [] };
}

async function proposeFor(
  context: ActionContext,
  { cluster, name, principals }: Access,
  inReach: ReadonlyMap<string, InReach>,
  instances: readonly string[],
): Promise<Change[]> {
  const mode = cluster.accessConfig?.authenticationMode;
  if (mode === 'CONFIG_MAP') {
    const names = [...inReach.values()].map((it) => it.name).join(', ');
    context.problems.add(
      `${name} knows principals by its ConfigMap aws-auth, which is not read: look there for ${names}`,
    );
    return [];
  }
  const owner = ownerByTags(cluster.tags ?? {});
  const changes = principals.map(async (principalArn): Promise<Change[]> => {
    const [, kind = '', of = ''] = /^arn:[^:]+:iam::\d{12}:(user|role)\/(?:.*\/)?([^/]+)$/.exec(principalArn) ?? [];
    const principal = inReach.get(`${kind}/${of}`);
    const entry = principal === undefined ? null : await readAccessEntry(context.aws.eks, name, principalArn);
    if (principal === undefined || entry === null) return [];
    if (nodeTypes.has(entry.type)) {
      const others = await othersWith(context, of, instances);
      if (others.length > 0 || entry.type === 'FARGATE_LINUX') {
        context.left.add(
          `${of} keeps its access to ${name}: ${others.length} other instance(s) are nodes by it, and without it the cluster would lose them all.`,
        );
        return [];
      }
    }
    const has = [
      ...entry.policies.map(({ policyArn }) => policyArn.split('/').at(-1) ?? policyArn),
      ...entry.kubernetesGroups,
    ];
    return [
      {
        id: `withdraw-cluster-access:${name}:${principalArn}`,
        action: 'withdraw-cluster-access',
        target: { type: 'AWS::EKS::AccessEntry', id: `${name}/${principalArn}` },
        before: { cluster: name, entry },
        after: { cluster: name, entry: null },
        line: `${name}: delete the access entry of ${principalArn}${has.length === 0 ? '' : ` (${has.join(', ')})`}`,
        reversible: true,
        knownFrom: 'present',
        owner,
        warnings: [
          principal.because,
          'Whoever else works as it loses the cluster too.',
          tokensLiveOn,
          ...(mode === 'API' ? [] : ['The ConfigMap aws-auth may give it access as well: that is not read.']),
          ...(owner === null ? [] : [`${owner} made this cluster and may give the access again at its next run.`]),
        ],
      },
    ];
  });
  return (await Promise.all(changes)).flat();
}

/** The other instances that run with a role. */
async function othersWith({ aws }: ActionContext, role: string, instances: readonly string[]): Promise<string[]> {
  const { InstanceProfiles } = await aws.iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: role }));
  const running = await Promise.all((InstanceProfiles ?? []).map(({ Arn = '' }) => runningWith(aws, Arn)));
  return [...new Set(running.flat())].filter((id) => !instances.includes(id));
}
