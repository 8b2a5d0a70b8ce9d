import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { ActionContext } from '../actions/action';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { instanceOf, isReady } from '../kubernetes/node';
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
    const nodes = (await kubernetes.nodes()).filter(isReady);
    return healthyOthers.filter((other) => nodes.some((it) => instanceOf(it) === other)).length;
  });
  return ready instanceof KubernetesUnavailable || ready >= desired
    ? null
    : `${desired} node(s) of ${name} to be ready in Kubernetes without ${id}: ${ready} are`;
}
