import * as z from 'zod';
import type { Telling } from './categories';
import { severity } from './incident';

/**
 * A node that is to be preserved, isolated and looked into. Nothing happens to it that nobody asked for: the request comes
 * from another incident's machine or from a responder.
 */

export const nodeForensicsSource = 'eks-incident-response';
export const nodeForensicsDetailType = 'Node Forensics Requested';

/** Kubernetes' own rules for names: what does not keep to them names nothing. */
const kubernetesName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
export const podName = z.strictObject({ namespace: kubernetesName, name: kubernetesName });
export type PodName = z.infer<typeof podName>;

/** What whoever asks says of the node. All but the node itself may be left out. */
export const nodeForensicsRequest = z.strictObject({
  /** An EC2 instance, or a Fargate node by its name in Kubernetes: there is no instance behind it. */
  node: z
    .string()
    .regex(
      /^(i-[0-9a-f]{8,17}|fargate-[a-z0-9.-]{1,200})$/,
      'a node is an instance id (i-…) or the name of a Fargate node',
    ),
  /** Asked only where the instance does not say it itself. */
  cluster: z.string().max(100).nullable().default(null),
  /** Shown to responders. */
  because: z.string().min(1).max(500).default('A responder asked for it'),
  requestedBy: z.string().max(200).default('a responder'),
  /** The incident that this one serves. */
  parent: z.strictObject({ incidentId: z.string(), severity: severity.nullable() }).nullable().default(null),
  /** The workload under suspicion. */
  pods: z.array(podName).max(20).default([]),
  /** On the node, as the host numbers them. */
  processIds: z.array(z.number().int().positive()).max(20).default([]),
  /** Addresses that a finding names as the other side. */
  addresses: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(20)
    .default([]),
});
export type NodeForensicsRequest = z.infer<typeof nodeForensicsRequest>;

/** One node, and what is suspected of it. */
export interface ForensicsSubject
  extends Pick<NodeForensicsRequest, 'node' | 'cluster' | 'pods' | 'processIds' | 'addresses'> {
  /** Whether the node itself is what was seen; otherwise it only has what was seen on it, and is never isolated unasked. */
  readonly seen: boolean;
}

const yesNoUnknown = z.enum(['yes', 'no', 'unknown']);

export const nodeForensicsFacts = z.strictObject({
  /** `gone` where AWS no longer knows it. */
  state: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated', 'gone']),
  /** By how much the node is AWS's: `fargate` has no instance at all, `auto-mode` forbids changing its interfaces and its profile. */
  kind: z.enum(['auto-mode', 'karpenter', 'managed-node-group', 'self-managed', 'fargate']),
  system: z.enum(['linux', 'bottlerocket', 'windows', 'unknown']),
  spot: z.boolean(),
  interfaces: z.number().int(),
  volumes: z.number().int(),
  /** Volumes that live in the machine itself: no snapshot covers them. */
  instanceStore: yesNoUnknown,
  elasticAddresses: z.number().int(),
  role: z.string().nullable(),
  /** Instances beside this one that have the same instance profile. */
  roleSharedWith: z.number().int(),
  autoScalingGroup: z.string().nullable(),
  /** Whether no other healthy node carries its load: of its Auto Scaling group, its node pool, or its cluster outside of these. */
  lastHealthy: yesNoUnknown,
  /** The agent by which volatile evidence is collected. */
  agent: z.enum(['online', 'offline', 'absent', 'unknown']),
  /** Whether the interfaces' isolation can let the agent reach Systems Manager and S3: whether the VPC has the endpoints. */
  endpoints: yesNoUnknown,
  kubernetes: z.enum(['reachable', 'unreachable', 'no-access']),
  /** Pods on the node, and what runs nowhere else; null where the cluster does not say. */
  pods: z.number().int().nullable(),
  /** Why it was asked for, and by whom: a responder, or the incident that it serves. */
  because: z.string(),
  requestedBy: z.string(),
  /** How grave the incident is that it serves; null where it serves none. */
  parentSeverity: severity.nullable(),
  suspects: z.number().int(),
});
export type NodeForensicsFacts = z.infer<typeof nodeForensicsFacts>;

/** Whether a node is terminated only once its Auto Scaling group is whole without it. */
export const replacementFirst = z.boolean().default(true);

/** A binary that the organisation has put into its evidence bucket, and what it must be to be run. */
const avml = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(1_024)
    .refine((key) => !key.startsWith('incidents/'), 'incidents/ is for evidence: put the binary elsewhere'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});

export const nodeForensicsSettings = z.strictObject({
  /** Volatile evidence first costs time in which the node is not cut off; after, the isolation has to let its collection through. */
  volatile: z.enum(['before-isolation', 'after-isolation', 'never']).default('after-isolation'),
  /** For so long isolation may wait for volatile evidence that goes before it. */
  volatileSeconds: z.number().int().min(10).max(900).default(120),
  /**
   * Whether the memory is taken, with AVML, after all other volatile evidence and never before isolation; null: it is not.
   * `seconds` bounds all of it, the upload included.
   */
  memory: z
    .strictObject({
      /** By the node's architecture. */
      avml: z.strictObject({ x86_64: avml.nullable().default(null), arm64: avml.nullable().default(null) }),
      seconds: z.number().int().min(60).max(3_600).default(1_800),
    })
    .nullable()
    .default(null),
  /** How far back flow logs and audit logs are asked: CloudWatch Logs takes money for every byte that it looks through. */
  logHours: z.number().int().min(1).max(168).default(24),
  /** Standby keeps the node in its Auto Scaling group's books and out of its hands; detached it is nobody's. */
  leaveAutoScalingGroup: z.enum(['standby', 'detach', 'stay']).default('standby'),
  /** Whether the group starts another in its place. */
  replace: z.boolean().default(true),
  /** Whether isolated interfaces may still reach the VPC's endpoints of Systems Manager and S3. */
  letCollectionThrough: z.boolean().default(true),
  /** A CIDR from which a forensic host may reach isolated nodes. */
  forensicHost: z.union([z.cidrv4(), z.cidrv6()]).nullable().default(null),
  /** The instance profile that an isolated node is given; null: it gets none, and no agent works on it any more. */
  forensicInstanceProfile: z.string().nullable().default(null),
  /** Whose sessions of the node's role are revoked. */
  revokeSessions: z.enum(['this-node', 'whole-role', 'never']).default('this-node'),
  /** For so many days nobody can delete a snapshot who may not lift its lock (`ec2:UnlockSnapshot`), which is in governance mode. */
  snapshotLockDays: z.number().int().min(1).max(36_500).default(365),
  /** Whether snapshots are copied under the evidence key once they are complete. */
  copySnapshots: z.boolean().default(true),
  replacementFirst,
});
export type NodeForensicsSettings = z.infer<typeof nodeForensicsSettings>;

const kinds: Readonly<Record<NodeForensicsFacts['kind'], string>> = {
  'auto-mode': 'EKS Auto Mode: its interfaces, its profile and its attributes cannot be changed',
  karpenter: 'Karpenter’s: it replaces nodes that it finds unhealthy',
  'managed-node-group': 'of a managed node group',
  'self-managed': 'self-managed',
  fargate: 'Fargate: one pod runs there, and its network is AWS’s',
};

export function tellNodeForensics(facts: NodeForensicsFacts): readonly Telling[] {
  const shared = facts.roleSharedWith === 0 ? '' : `, shared with ${facts.roleSharedWith} other instance(s)`;
  const evidence = facts.kind === 'fargate' ? '' : `${facts.volumes} volume(s), agent ${facts.agent}, `;
  return [
    { label: 'Asked for', text: `by ${facts.requestedBy}: ${facts.because}` },
    { label: 'Node', text: `${facts.state}, ${facts.system}${facts.spot ? ', Spot' : ''}, ${kinds[facts.kind]}` },
    { label: 'Role', text: facts.role === null ? 'none' : `${facts.role}${shared}` },
    { label: 'Evidence', text: `${evidence}Kubernetes ${facts.kubernetes}` },
    ...(facts.lastHealthy === 'no' || facts.kind === 'fargate'
      ? []
      : [{ label: 'Last healthy node of its group', text: facts.lastHealthy === 'yes' ? 'yes' : 'not known' }]),
  ];
}
