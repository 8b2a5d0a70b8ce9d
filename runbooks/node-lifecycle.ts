import * as z from 'zod';
import { resource } from './incident';
import type { ForensicsSubject } from './node-forensics';

/**
 * The facts of worker nodes that end, begin or are changed other than in their security groups. The plan's conditions read
 * these names; a condition that reads another is refused when the plan is loaded.
 */

/** The EC2 calls that always are of this category. RunInstances is where its tags name a cluster, ModifyInstanceAttribute where it sets no groups. */
export const instanceCalls = [
  'TerminateInstances',
  'StopInstances',
  'RebootInstances',
  'AssociateIamInstanceProfile',
  'DisassociateIamInstanceProfile',
  'ReplaceIamInstanceProfileAssociation',
  'ModifyInstanceMetadataOptions',
  'DetachVolume',
  'CreateReplaceRootVolumeTask',
] as const;

/**
 * The Auto Scaling calls behind which a person can hide: Auto Scaling itself then ends the instances. SetInstanceHealth is
 * one where it calls an instance unhealthy.
 */
export const scalingCalls = [
  'TerminateInstanceInAutoScalingGroup',
  'SetDesiredCapacity',
  'UpdateAutoScalingGroup',
  'DetachInstances',
  'EnterStandby',
  'DeleteAutoScalingGroup',
] as const;

/** The EKS calls behind which a person can hide: the node group's role then changes its Auto Scaling group. */
export const nodegroupCalls = ['UpdateNodegroupConfig', 'UpdateNodegroupVersion', 'DeleteNodegroup'] as const;

/** The states of an instance in which it ends. Pending and running are what every launch passes through. */
export const endingStates = ['stopping', 'stopped', 'shutting-down', 'terminated'] as const;

/** By these keys an instance's tags name its cluster: EKS's own, Auto Mode's, Karpenter's, eksctl's, the VPC CNI's. */
export const clusterTagKeys = [
  'aws:eks:cluster-name',
  'eks:cluster-name',
  'eks:eks-cluster-name',
  'cluster.k8s.amazonaws.com/name',
  'alpha.eksctl.io/cluster-name',
] as const;
/** Followed by the cluster's name. */
export const clusterTagPrefix = 'kubernetes.io/cluster/';

export const nodeAct = z.enum([
  'terminate',
  'stop',
  'reboot',
  'launch',
  'modify',
  'modify-metadata-options',
  'associate-profile',
  'disassociate-profile',
  'replace-profile',
  'detach-volume',
  'replace-root-volume',
  'terminate-in-group',
  'set-capacity',
  'update-group',
  'detach-from-group',
  'enter-standby',
  'delete-group',
  /** The group is told that an instance is unhealthy: it ends it and launches another. */
  'mark-unhealthy',
  /** A state was reached; what led to it is another event. */
  'state-change',
  /** AWS gives notice that it will take a Spot instance back, or may. */
  'notice',
]);
export type NodeAct = z.infer<typeof nodeAct>;

/** What protects a node and was taken away or replaced. */
export const weakening = z.enum([
  /** Session tokens are no longer required of whoever asks for the node's credentials. */
  'imdsv2',
  /** Answers of the metadata service travel further than into a container. */
  'metadata-hop-limit',
  'termination-protection',
  'stop-protection',
  'source-destination-check',
  /** What runs at the next start was replaced. */
  'user-data',
  /** A shutdown from within now terminates the instance. */
  'shutdown-behavior',
  /** A volume is now deleted with its instance. */
  'volume-retention',
  /** The node was given another role, or lost the one that it had. */
  'instance-profile',
  /** The node goes on from another disk. */
  'root-volume',
]);
export type Weakening = z.infer<typeof weakening>;

/** What one event says by itself: no call to AWS is needed for it. */
export const nodeEventFacts = z.strictObject({
  /** What was asked for, whatever became of it. */
  act: nodeAct.nullable(),
  /** The state that a state-change notification tells; otherwise null. */
  state: z.string().nullable(),
  /** EC2's code of why that state was reached, such as `Client.InstanceInitiatedShutdown`, as it was when triage looked. */
  stateReason: z.string().nullable().default(null),
  instanceIds: z.array(z.string()),
  volumeIds: z.array(z.string()),
  autoScalingGroup: z.string().nullable(),
  /** The cluster that the tags of a launch name. */
  cluster: z.string().nullable(),
  /** The attributes that a call sets, as the record names them, sorted. */
  attributes: z.array(z.string()),
  /** Empty where the call changed nothing. */
  weakens: z.array(weakening),
  /** The instance profile that the call gives, by ARN or name. */
  instanceProfile: z.string().nullable(),
  desiredCapacity: z.number().int().nullable(),
  /** Whether the group is to stay smaller; null where the call is not about that. */
  decrementsCapacity: z.boolean().nullable(),
});
export type NodeEventFacts = z.infer<typeof nodeEventFacts>;

/** What one event did, one entry for each thing that is touched. */
export const nodeTouch = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('instance-ended'),
    instanceId: z.string(),
    how: z.enum(['terminate', 'stop', 'reboot', 'state-change']),
  }),
  z.strictObject({ kind: z.literal('instance-launched'), instanceId: z.string() }),
  z.strictObject({ kind: z.literal('attributes-set'), instanceId: z.string(), attributes: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('metadata-options-set'), instanceId: z.string() }),
  /** The instance has another profile than before, or none. */
  z.strictObject({ kind: z.literal('profile-replaced'), instanceId: z.string() }),
  z.strictObject({ kind: z.literal('root-volume-replaced'), instanceId: z.string() }),
  z.strictObject({
    kind: z.literal('volume-detached'),
    volumeId: z.string(),
    instanceId: z.string().nullable(),
    device: z.string().nullable(),
  }),
  /** Capacity was set, or an instance was taken out of the group. */
  z.strictObject({ kind: z.literal('group-changed'), group: z.string() }),
]);
export type NodeTouch = z.infer<typeof nodeTouch>;

/** Who or what stands behind an act, as far as it can be told. */
export const nodeCause = z.enum([
  'auto-scaling',
  'node-group',
  'node-group-upgrade',
  'karpenter',
  'cluster-autoscaler',
  /** Another principal that the plan trusts. */
  'automation',
  /** AWS took a Spot instance back. */
  'spot',
  /** AWS ended it for a reason of its own, such as failed hardware. */
  'aws',
  /** It was shut down from within. */
  'instance',
  /** Somebody whom the plan does not trust: a person, or automation that nobody listed. */
  'person',
  'unknown',
]);
export type NodeCause = z.infer<typeof nodeCause>;

/** What the organisation sets for this category, beside its rules. */
export const nodeLifecycleSettings = z.strictObject({
  /** The roles of Karpenter's controller, by ARN; `*` as in `trustedPrincipals`. They name the cause, and give no trust. */
  karpenterRoles: z.array(z.string().regex(/^arn:/)).default([]),
  clusterAutoscalerRoles: z.array(z.string().regex(/^arn:/)).default([]),
});

/** The facts of the whole incident, over all its events and what was read from AWS: what the plan's conditions see. */
export const nodeLifecycleFacts = z.strictObject({
  acts: z.array(nodeAct),
  /** What the gravest act goes back to: a person before what is unknown, and that before daily life. */
  cause: nodeCause,
  causes: z.array(nodeCause),
  /** Whether every act goes back to principals that the plan trusts or to AWS itself. */
  dailyLife: z.boolean(),
  /** The calls behind which the acts were done, such as `autoscaling.amazonaws.com:SetDesiredCapacity`. */
  callsBehind: z.array(z.string()),
  /** Services that called on somebody's behalf. No proof of automation. */
  through: z.array(z.string()),
  /** How many nodes are concerned. */
  nodes: z.number().int().nonnegative(),
  /** How many nodes were ended: terminated, stopped, or taken out of their group or its service. */
  ended: z.number().int().nonnegative(),
  /** How many of them nobody can describe any more. */
  gone: z.number().int().nonnegative(),
  kinds: z.array(
    z.enum(['managed-node-group', 'karpenter', 'auto-mode', 'auto-scaling-group', 'stand-alone', 'unknown']),
  ),
  spot: z.boolean(),
  /** How they are known to be nodes. */
  recognisedBy: z.array(
    z.enum([
      'tags',
      'auto-scaling-group',
      'network-interface',
      'baseline',
      'kubernetes',
      'cloudtrail',
      /** AWS refused to say whether they are, and whose. */
      'unknown',
    ]),
  ),
  weakens: z.array(weakening),
  /** Whether a group has fewer instances in service than it wants, or wants fewer than it did before. */
  belowDesired: z.boolean(),
  capacityLowered: z.boolean(),
  /** Whether a group of the cluster has no instance in service left. */
  groupEmptied: z.boolean(),
  /** Nodes that are still there and that somebody, or nobody knows who, launched or gave another role, disk or script to start with. */
  inDoubt: z.array(z.string()),
  exposed: z.array(resource),
});
export type NodeLifecycleFacts = z.infer<typeof nodeLifecycleFacts>;

/** What of the incident is a node that can be preserved and isolated. */
export function nodesInDoubt({ inDoubt }: NodeLifecycleFacts): ForensicsSubject[] {
  return inDoubt.map((node) => ({ node, cluster: null, pods: [], processIds: [], addresses: [], seen: true }));
}

const causeWords: Readonly<Record<NodeCause, string>> = {
  'auto-scaling': 'the Auto Scaling group',
  'node-group': 'the managed node group',
  'node-group-upgrade': 'the upgrade of a managed node group',
  karpenter: 'Karpenter',
  'cluster-autoscaler': 'the Cluster Autoscaler',
  automation: 'automation that the plan trusts',
  spot: 'AWS took Spot capacity back',
  aws: 'AWS, for a reason of its own',
  instance: 'it was shut down from within',
  person: 'somebody whom the plan does not trust',
  unknown: 'nobody can tell',
};

export function tellNodeLifecycle(it: NodeLifecycleFacts) {
  const behind = it.callsBehind.length === 0 ? '' : `, by ${it.callsBehind.join(', ')}`;
  const capacity = it.groupEmptied
    ? 'a group has no node left'
    : it.capacityLowered
      ? 'a group was made smaller'
      : it.belowDesired
        ? 'a group has fewer nodes than it wants'
        : 'as it should be';
  return [
    { label: 'Behind it', text: `${causeWords[it.cause]}${behind}` },
    { label: 'Nodes', text: `${it.nodes}, of them ${it.ended} ended and ${it.gone} no longer there to be described` },
    { label: 'Capacity', text: capacity },
    { label: 'Weakened', text: it.weakens.join(', ').replaceAll('-', ' ') || 'nothing' },
  ];
}
