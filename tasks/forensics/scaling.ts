import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { V1Node } from '@kubernetes/client-node';
import type { ActionContext } from '../actions/action';
import { transientRetry } from '../contract';
import { errorName } from '../errors';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import type { Node } from './node';
import { kubernetesOf, orUnavailable } from './workload';

/** An instance as its Auto Scaling group has it. */
export interface Membership {
  readonly group: string;
  /** `InService`, `Standby`, `EnteringStandby`, `Pending`, `Terminating`, … */
  readonly lifecycleState: string;
  readonly protectedFromScaleIn: boolean;
}

/** Null where the instance is in no group. Errors are AWS's own. */
export async function readMembership(autoScaling: AutoScalingClient, instanceId: string): Promise<Membership | null> {
  const { AutoScalingInstances } = await autoScaling.send(
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
  );
  const found = AutoScalingInstances?.[0];
  return found === undefined
    ? null
    : {
        group: found.AutoScalingGroupName ?? '',
        lifecycleState: found.LifecycleState ?? '',
        protectedFromScaleIn: found.ProtectedFromScaleIn ?? false,
      };
}

export interface Group {
  readonly min: number;
  readonly desired: number;
  /** Healthy instances in service beside the one in question. */
  readonly healthyOthers: readonly string[];
}

export async function readGroup(
  autoScaling: AutoScalingClient,
  name: string,
  instanceId: string,
): Promise<Group | null> {
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  const found = AutoScalingGroups?.[0];
  if (found === undefined) return null;
  const others = (found.Instances ?? []).filter(
    (it) => it.InstanceId !== instanceId && it.LifecycleState === 'InService' && it.HealthStatus === 'Healthy',
  );
  return {
    min: found.MinSize ?? 0,
    desired: found.DesiredCapacity ?? 0,
    healthyOthers: others.flatMap(({ InstanceId }) => InstanceId ?? []),
  };
}

/** Why nobody but a human isolates it; undefined where others are there to carry the load. */
export function whyAsk(group: Group | null): string | undefined {
  return group !== null && group.healthyOthers.length === 0
    ? 'It is the last healthy node of its group: a human decides whether it may go.'
    : undefined;
}

/**
 * As `whyAsk`, of an instance that is to be isolated, beside others that are at this moment. Where Auto Scaling does not say
 * which group it is in, a human decides as well.
 */
export async function whyAskAbout(
  { aws: { autoScaling }, leavesOthers }: Pick<ActionContext, 'aws' | 'leavesOthers'>,
  instanceId: string,
): Promise<string | undefined> {
  try {
    const membership = await readMembership(autoScaling, instanceId);
    const group = membership === null ? null : await readGroup(autoScaling, membership.group, instanceId);
    if (membership === null || group === null || group.healthyOthers.length === 0) return whyAsk(group);
    return (await leavesOthers(membership.group, instanceId, group.healthyOthers))
      ? undefined
      : 'All other healthy nodes of its group are being isolated at this moment: a human decides whether it may go.';
  } catch (error) {
    if (error instanceof Error && transientRetry.errors.includes(error.name)) throw error;
    return `Whether it is the last healthy node of its group is not known: ${errorName(error)}. A human decides whether it may go.`;
  }
}

/**
 * What a group lacks of being whole without a node: as many healthy instances in service as it should have, and each of them
 * ready in Kubernetes where the cluster can be asked. Null where it lacks nothing, or is gone.
 */
export async function whyNotReplaced(
  context: Pick<ActionContext, 'aws' | 'kubernetes'>,
  { id, cluster }: Pick<Node, 'id' | 'cluster'>,
  name: string,
): Promise<string | null> {
  const group = await readGroup(context.aws.autoScaling, name, id);
  if (group === null) return null;
  const { desired, healthyOthers } = group;
  if (healthyOthers.length < desired) {
    return `${name} to have ${desired} healthy instance(s) in service without ${id}: it has ${healthyOthers.length}`;
  }
  const ready = await orUnavailable(async () => {
    const kubernetes = await kubernetesOf(context, cluster);
    if (kubernetes instanceof KubernetesUnavailable) return kubernetes;
    const nodes = await Promise.all(healthyOthers.map((other) => kubernetes.nodeOf(other)));
    return nodes.filter(isReady).length;
  });
  return ready instanceof KubernetesUnavailable || ready >= desired
    ? null
    : `${desired} node(s) of ${name} to be ready in Kubernetes without ${id}: ${ready} are`;
}

function isReady(node: V1Node | null): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
