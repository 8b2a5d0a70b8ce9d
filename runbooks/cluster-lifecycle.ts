import * as z from 'zod';
import { clusterStatus } from './cluster';

/**
 * The facts of clusters, and of what belongs to them, that are made, deleted or changed, and of access that is given. The
 * plan's conditions read these names.
 */

const answer = z.enum(['yes', 'no', 'unknown']);

const resources = [
  'cluster',
  'node-group',
  'fargate-profile',
  'add-on',
  'access-entry',
  'pod-identity',
  'identity-provider',
] as const;
const kinds = ['created', 'deleted', 'updated', 'upgraded', 'granted', 'attempted'] as const;

/** What each of EKS's calls is about and does where it succeeds. */
export const clusterLifecycleCalls = {
  CreateCluster: ['cluster', 'created'],
  DeleteCluster: ['cluster', 'deleted'],
  UpdateClusterVersion: ['cluster', 'upgraded'],
  CreateNodegroup: ['node-group', 'created'],
  DeleteNodegroup: ['node-group', 'deleted'],
  UpdateNodegroupConfig: ['node-group', 'updated'],
  UpdateNodegroupVersion: ['node-group', 'upgraded'],
  CreateFargateProfile: ['fargate-profile', 'created'],
  DeleteFargateProfile: ['fargate-profile', 'deleted'],
  CreateAddon: ['add-on', 'created'],
  DeleteAddon: ['add-on', 'deleted'],
  CreateAccessEntry: ['access-entry', 'granted'],
  AssociateAccessPolicy: ['access-entry', 'granted'],
  UpdateAccessEntry: ['access-entry', 'updated'],
  CreatePodIdentityAssociation: ['pod-identity', 'granted'],
  UpdatePodIdentityAssociation: ['pod-identity', 'updated'],
  AssociateIdentityProviderConfig: ['identity-provider', 'created'],
  DisassociateIdentityProviderConfig: ['identity-provider', 'deleted'],
} as const satisfies Readonly<Record<string, readonly [(typeof resources)[number], (typeof kinds)[number]]>>;

/** The calls whose denied attempts matter too. */
export const attemptsThatMatter = ['CreateCluster', 'DeleteCluster'] as const;

/** UpdateClusterConfig is of this category where it changes one of these, by the place in its request that says so. */
export const lifecycleSettings = {
  logging: ['logging', 'clusterLogging', 'types'],
  'authentication-mode': ['accessConfig', 'authenticationMode'],
  'deletion-protection': ['deletionProtection'],
} as const;
const settingNames = ['logging', 'authentication-mode', 'deletion-protection'] as const;
const settings = z.array(z.enum(settingNames));

const attempt = z.enum([
  ...(Object.keys(clusterLifecycleCalls) as (keyof typeof clusterLifecycleCalls)[]),
  'UpdateClusterConfig',
]);

/** What one event says by itself: no call to AWS is needed for it. */
export const clusterLifecycleEventFacts = z.strictObject({
  resource: z.enum(resources),
  /** `attempted`: the call was denied, or failed: nothing came of it. */
  kind: z.enum(kinds),
  /** The call that was denied or failed; null where it succeeded. */
  attempt: attempt.nullable(),
  /** What of the cluster: the node group's name, the add-on's, the association's id; null for the cluster itself. */
  name: z.string().nullable(),
  /**
   * Whether the access that is given is cluster admin. `unknown` where it comes by groups or names: what those may do is
   * said by the cluster's own bindings.
   */
  grantsAdmin: answer,
  /** Who is given access: a role's or user's ARN; the role that a service account is given. */
  principal: z.string().nullable(),
  /** The access policy's name, such as `AmazonEKSClusterAdminPolicy`. */
  accessPolicy: z.string().nullable(),
  accessScope: z.enum(['cluster', 'namespace']).nullable(),
  /** Which of the cluster's settings the call changes. */
  settings,
  /** Of those the ones that it switches off, in whole or in part. */
  weakens: settings,
  /** The Kubernetes version that is made or upgraded to; null where the record does not say. */
  version: z.string().nullable(),
  /** To what size a node group is set; null where it is not. */
  scaling: z
    .strictObject({
      minSize: z.number().int().nullable(),
      maxSize: z.number().int().nullable(),
      desiredSize: z.number().int().nullable(),
    })
    .nullable(),
});
export type ClusterLifecycleEventFacts = z.infer<typeof clusterLifecycleEventFacts>;

/** What one event did, with what undoing it needs. */
export const clusterTouch = clusterLifecycleEventFacts
  .pick({ resource: true, kind: true, attempt: true, name: true, settings: true })
  .extend({
    cluster: z.string(),
    /** The principal and the policy of an access entry, as the call named them. */
    access: z
      .strictObject({ principalArn: z.string(), policyArn: z.string().nullable(), created: z.boolean() })
      .nullable(),
  });
export type ClusterTouch = z.infer<typeof clusterTouch>;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:00');
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** A time in which changes are announced, in UTC. One that ends before it begins goes on into the next day. */
const changeWindow = z.strictObject({ days: z.array(z.enum(weekdays)).min(1), from: clock, to: clock });
export type ChangeWindow = z.infer<typeof changeWindow>;

/** What the organisation sets for this category, beside its rules. */
export const clusterLifecycleSettings = z.strictObject({
  changeWindows: z.array(changeWindow).default([]),
  /** The Regions in which clusters may be; all of them where none is listed. */
  approvedRegions: z.array(z.string()).default([]),
  /** The tags that every cluster must carry. */
  requiredTags: z.array(z.string()).default([]),
});
export type ClusterLifecycleSettings = z.infer<typeof clusterLifecycleSettings>;

const act = z.enum(resources.flatMap((it) => kinds.map((kind) => `${it}-${kind}` as const)));
export type Act = z.infer<typeof act>;

/** The facts of the whole incident, over all its events and the cluster as it is now: what the plan's conditions see. */
export const clusterLifecycleFacts = z.strictObject({
  /** What was done, each once: `cluster-created`, `node-group-deleted`, `access-entry-granted`, `cluster-attempted`, … */
  acts: z.array(act),
  /** The calls that were denied. */
  attempts: z.array(attempt),
  grantsAdmin: answer,
  principals: z.array(z.string()),
  settings,
  weakens: settings,
  clusterStatus,
  endpointPublic: answer,
  deletionProtection: answer,
  /** Whether every event happened within one of the plan's change windows. */
  inChangeWindow: z.boolean(),
  approvedRegion: z.boolean(),
  /** The required tags that the cluster does not carry; none where nobody knows its tags any more. */
  missingTags: z.array(z.string()),
  /** Who made the cluster and will make it so again: a CloudFormation stack, Terraform, …; null where its tags do not say. */
  owner: z.string().nullable(),
  /** Node groups, Fargate profiles and add-ons of the cluster: of one that is gone, as they were recorded last; null: unknown. */
  held: z.strictObject({
    nodegroups: z.number().int().nullable(),
    fargateProfiles: z.number().int().nullable(),
    addons: z.number().int().nullable(),
  }),
  /** Volumes that carry the cluster's tags and are attached to nothing. */
  orphanedVolumes: z.array(z.string()),
  /** The other clusters of the account and Region whose deletion nothing stands in the way of. */
  unprotected: z.array(z.string()),
});
export type ClusterLifecycleFacts = z.infer<typeof clusterLifecycleFacts>;

export function tellClusterLifecycle(facts: ClusterLifecycleFacts) {
  const { acts, attempts, held, orphanedVolumes, unprotected, weakens, principals, owner } = facts;
  const some = (label: string, text: string) => (text === '' ? [] : [{ label, text }]);
  const count = (many: number | null) => many ?? 'nobody knows how many';
  const parts = `${count(held.nodegroups)} node group(s), ${count(held.fargateProfiles)} Fargate profile(s), ${count(held.addons)} add-on(s)`;
  return [
    { label: 'What', text: acts.join(', ') },
    ...some('Denied', attempts.join(', ')),
    ...some('Grants cluster admin', facts.grantsAdmin === 'no' ? '' : `${facts.grantsAdmin}: ${principals.join(', ')}`),
    ...some('Switched off', weakens.join(', ')),
    { label: 'Cluster', text: `${facts.clusterStatus}${owner === null ? '' : `, made by ${owner}`}; ${parts}` },
    ...some('Left behind', orphanedVolumes.length === 0 ? '' : `${orphanedVolumes.length} volume(s)`),
    ...some('Others without deletion protection', unprotected.join(', ')),
  ];
}
