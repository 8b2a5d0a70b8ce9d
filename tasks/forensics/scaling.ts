import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';

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
  readonly healthyOthers: number;
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
  return { min: found.MinSize ?? 0, desired: found.DesiredCapacity ?? 0, healthyOthers: others.length };
}

/** Why nobody but a human isolates it; undefined where others are there to carry the load. */
export function whyAsk(group: Group | null): string | undefined {
  return group !== null && group.healthyOthers === 0
    ? 'It is the last healthy node of its group: a human decides whether it may go.'
    : undefined;
}
