import * as z from 'zod';
import { severities, severity } from './incident';
import { type ForensicsSubject, podName, replacementFirst } from './node-forensics';

/**
 * The facts of a compromise: a GuardDuty finding about a cluster or one of its nodes, a node that runs an image which
 * nobody approved, or an incident that a responder declares.
 */

/** Which of GuardDuty's eyes saw it. `attack-sequence` is several findings that GuardDuty put together itself. */
export const findingFamily = z.enum(['kubernetes', 'ec2', 'runtime', 'malware', 'attack-sequence']);
export type FindingFamily = z.infer<typeof findingFamily>;

const names = z.array(z.string());

/** What one event says by itself. `null` and `unknown`: the event does not say. */
export const compromiseEventFacts = z.strictObject({
  kind: z.enum(['finding', 'unauthorized-ami', 'declared']),
  /** GuardDuty's type, such as `CryptoCurrency:Runtime/BitcoinTool.B`. */
  finding: z.string().nullable(),
  findingId: z.string().nullable(),
  detectorId: z.string().nullable(),
  family: findingFamily.nullable(),
  /** GuardDuty's number, 1 to 10. */
  score: z.number().nullable(),
  /** The same as a word, by GuardDuty's own bounds: 9, 7, 4 and 1. */
  level: severity,
  /** Made by 'generate sample findings': nothing of it happened. */
  sample: z.boolean(),
  cluster: z.string().nullable(),
  namespace: z.string().nullable(),
  /** `Deployment/checkout`, as Kubernetes names it. */
  workload: z.string().nullable(),
  /** The pod, where the workload is one. */
  pod: podName.nullable(),
  /** On the node, as the host numbers them. */
  processIds: z.array(z.number().int().positive()),
  /** The Kubernetes user whose call or process it was. */
  username: z.string().nullable(),
  /** Whether a container may do to its node what it likes, or shares the node's network or files. */
  privileged: z.enum(['yes', 'no', 'unknown']),
  images: names,
  instances: names,
  /** AWS access keys that the finding names: an actor's, or a role's that was taken from a node. */
  accessKeys: names,
  /** Addresses and domains on the other side. */
  remotes: names,
  /** In the words of whoever declared it, or of the finding's title. */
  summary: z.string().nullable(),
});
export type CompromiseEventFacts = z.infer<typeof compromiseEventFacts>;

/** What an event points at: an instance that may have to go, a user or role whose credentials were in play. */
export const compromiseTouch = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('node'), instanceId: z.string() }),
  z.strictObject({
    kind: z.literal('principal'),
    principal: z.enum(['user', 'role']),
    name: z.string(),
    accessKeyId: z.string().nullable(),
  }),
]);
export type CompromiseTouch = z.infer<typeof compromiseTouch>;

/** Who runs a node, and will start another in its place. */
export const nodeManager = z.enum(['node-group', 'karpenter', 'auto-mode', 'self-managed']);

export const compromisedNode = z.strictObject({
  instanceId: z.string(),
  cluster: z.string().nullable(),
  /** EC2's word for it; `gone` where EC2 does not know the instance (any more, or in this account). */
  state: z.string(),
  manager: nodeManager,
  /** The node group, node pool or Auto Scaling group. */
  group: z.string().nullable(),
  spot: z.boolean(),
  operatingSystem: z.enum(['bottlerocket', 'linux', 'windows', 'unknown']),
  imageId: z.string().nullable(),
  role: z.string().nullable(),
  /** Other instances that run with the same role: what its credentials can do, all of them can. */
  shareRole: z.number().int().nonnegative(),
  /** Whether a finding or a responder names it, or the cluster says that a suspect workload runs there. */
  knownFrom: z.enum(['event', 'cluster']),
  /** What is suspected on it. */
  pods: z.array(podName),
  processIds: z.array(z.number().int().positive()),
});
export type CompromisedNode = z.infer<typeof compromisedNode>;

/** What the organisation sets for this category, beside its rules. */
export const compromiseSettings = z.strictObject({
  /** What becomes of GuardDuty's sample findings: closed as drills, or answered as if they were true. */
  samples: z.enum(['drill', 'rehearse']),
  /** Of a workload that runs on more nodes than that, no node is taken for suspect: people choose. */
  nodesOfWorkload: z.number().int().nonnegative().max(20).default(3),
  replacementFirst,
});

/** The facts of the whole incident: what the plan's conditions see. */
export const compromiseFacts = z.strictObject({
  kinds: z.array(compromiseEventFacts.shape.kind),
  findings: names,
  families: z.array(findingFamily),
  /** The worst of all events. */
  level: severity,
  /** Only samples, and the plan does not rehearse them. */
  drill: z.boolean(),
  /** How the finding stands in GuardDuty now; `unknown` where it could not be read, and where there is none. */
  standing: z.enum(['active', 'archived', 'unknown']),
  /** In the words of GuardDuty, of Config or of whoever declared it. */
  summaries: names,
  namespaces: names,
  workloads: names,
  usernames: names,
  images: names,
  privileged: z.enum(['yes', 'no', 'unknown']),
  remotes: names,
  accessKeys: names,
  nodes: z.array(compromisedNode),
  /** Nodes of Fargate, by their names in Kubernetes, on which suspect pods run. */
  fargate: z.array(z.strictObject({ node: z.string(), cluster: z.string(), pods: z.array(podName) })),
  /**
   * Where the pod runs: `fargate` where it was found on such a node or a Fargate profile of the cluster takes its namespace,
   * `unknown` where only Kubernetes could say and does not.
   */
  compute: z.enum(['ec2', 'fargate', 'unknown']),
  /** Roles whose credentials were within reach. */
  roles: names,
  /** How far it may have come: a pod, its node, the cluster, or the AWS account behind it. */
  blastRadius: z.enum(['pod', 'node', 'cluster', 'account']),
  clusterExists: z.boolean(),
});
export type CompromiseFacts = z.infer<typeof compromiseFacts>;

/** What of the incident is a node that can be preserved and isolated; of one that is gone nothing is left to preserve. */
export function suspectNodes({ nodes, fargate, remotes }: CompromiseFacts): ForensicsSubject[] {
  const addresses = remotes.filter((it) => z.union([z.ipv4(), z.ipv6()]).safeParse(it).success).slice(0, 20);
  return [
    ...nodes
      .filter(({ state }) => state !== 'gone')
      .map(({ instanceId, cluster, pods, processIds, knownFrom }) => ({
        ...{ node: instanceId, cluster, pods, processIds },
        seen: knownFrom === 'event',
      })),
    // There is a node for each pod.
    ...fargate.map((it) => ({ ...it, processIds: [], seen: true })),
  ].map(({ pods, processIds, ...it }) => ({
    ...it,
    addresses,
    pods: pods.slice(0, 20),
    processIds: processIds.slice(0, 20),
  }));
}

/** The weightiest of several levels. */
export function worstLevel(levels: readonly CompromiseEventFacts['level'][]): CompromiseEventFacts['level'] {
  return [...severities].reverse().find((level) => levels.includes(level)) ?? 'informational';
}

export function tellCompromise(facts: CompromiseFacts) {
  const what = facts.findings.join(', ') || facts.kinds.map((kind) => kind.replaceAll('-', ' ')).join(', ');
  const where = [...facts.workloads, ...facts.namespaces.map((it) => `namespace ${it}`), ...facts.usernames].join(', ');
  const standing = facts.standing === 'archived' ? ', archived since' : '';
  return [
    { label: 'What', text: `${what} (${facts.level})${facts.drill ? ', a sample' : ''}${standing}` },
    ...(facts.summaries.length === 0 ? [] : [{ label: 'Said of it', text: facts.summaries.join(' ') }]),
    { label: 'Reach', text: `as far as the ${facts.blastRadius}${facts.privileged === 'yes' ? ', privileged' : ''}` },
    ...(facts.nodes.length === 0
      ? [{ label: 'Node', text: facts.compute === 'fargate' ? 'none: the pod runs on Fargate' : 'not named' }]
      : [{ label: 'Node', text: facts.nodes.map(tellNode).join('; ') }]),
    ...(where === '' ? [] : [{ label: 'In Kubernetes', text: where }]),
    ...(facts.remotes.length === 0 ? [] : [{ label: 'Other side', text: facts.remotes.join(', ') }]),
    ...(facts.roles.length === 0 ? [] : [{ label: 'Roles in reach', text: facts.roles.join(', ') }]),
  ];
}

function tellNode(node: CompromisedNode): string {
  const { instanceId, state, manager, group, operatingSystem, spot, shareRole } = node;
  if (state === 'gone') return `${instanceId}, which is gone`;
  if (state === 'unknown') return `${instanceId}, of which EC2 tells us nothing`;
  const kind = [operatingSystem === 'bottlerocket' ? 'Bottlerocket' : null, spot ? 'Spot' : null];
  const by = manager === 'auto-mode' ? 'EKS Auto Mode (EC2 refuses to change it)' : manager.replaceAll('-', ' ');
  const shared = shareRole === 0 ? '' : `, ${shareRole} more with its role`;
  return `${[instanceId, state, ...kind.filter((it) => it !== null), `${by}${group === null ? '' : ` ${group}`}`].join(', ')}${shared}`;
}

/** Which of GuardDuty's findings are of this category: pattern and reader both go by it. */
export const findingTypes = {
  /** Of `ThreatPurpose:Target/…` the targets that may be a cluster or one of its nodes. */
  targets: ['Kubernetes', 'Runtime', 'EC2', 'Container'],
  /** What such a finding must name as its resource: ECS tasks, functions and databases have findings of like names. */
  resources: ['EKSCluster', 'Instance', 'Container'],
  /** `AttackSequence:…/`; others are of this category where a cluster is among their resources. */
  sequences: ['EKS', 'EC2'],
} satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Names of Config rules about the images of instances, such as `approved-amis-by-id` and
 * `securityhub-approved-amis-by-tag-1a2b`: a rule's name is chosen by whoever deploys it. `*` stands for any text.
 */
export const imageRuleNames = ['*amis*', '*-ami', '*-ami-*', 'ami-*', '*Ami*', '*AMI*'] as const;
