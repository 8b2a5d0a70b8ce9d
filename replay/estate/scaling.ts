import type { Account } from './command';
import type { Identity } from './description';
import type { AutoScalingGroup, ScalingActivity } from './state';

/** How an Auto Scaling group keeps its size: on virtual time, and with calls of its own that CloudTrail records. */

/** Auto Scaling looks after its instances and its size about so often. */
const lookAfterMs = 20_000;

const autoScaling: Identity = {
  type: 'AssumedRole',
  role: 'AWSServiceRoleForAutoScaling',
  path: '/aws-service-role/autoscaling.amazonaws.com/',
  session: 'AutoScaling',
  sourceIp: 'autoscaling.amazonaws.com',
  userAgent: 'autoscaling.amazonaws.com',
  mfa: false,
  invokedBy: 'autoscaling.amazonaws.com',
};

export function at({ scheduler }: Account): string {
  return `${new Date(scheduler.now()).toISOString().slice(0, 19)}Z`;
}

export function note(account: Account, group: AutoScalingGroup, description: string, cause: string): ScalingActivity {
  const activity = {
    id: account.newId('activity').replace('activity-', ''),
    time: account.scheduler.now(),
    description,
    cause,
    status: 'Successful',
  };
  group.activities.push(activity);
  return activity;
}

/** An instance has begun to stop or to go: its group, if it has one, will notice. */
export function membersChanged(account: Account, instanceId: string): void {
  const { scheduler, state } = account;
  for (const group of state.autoScalingGroups.values()) {
    if (!group.members.some((member) => member.instanceId === instanceId)) continue;
    scheduler.at(scheduler.now() + lookAfterMs, () => {
      if (!group.members.some((member) => member.instanceId === instanceId)) return;
      const why = 'an EC2 health check indicating it has been terminated or stopped.';
      takeOut(
        account,
        group,
        instanceId,
        `At ${at(account)} an instance was taken out of service in response to ${why}`,
      );
      replenish(
        account,
        group,
        `At ${at(account)} an instance was launched in response to an unhealthy instance needing to be replaced.`,
      );
    });
  }
}

/** Ends a member for a reason that the activity history tells. */
export function takeOut(account: Account, group: AutoScalingGroup, instanceId: string, cause: string): void {
  group.members = group.members.filter((member) => member.instanceId !== instanceId);
  note(account, group, `Terminating EC2 instance: ${instanceId}`, cause);
  const state = account.state.instances.get(instanceId)?.state;
  if (state === undefined || state === 'shutting-down' || state === 'terminated') return;
  account.perform(autoScaling, 'ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
}

/** Those that count for the group's size: what is in standby, or on its way there, does not. */
export function counting(group: AutoScalingGroup): AutoScalingGroup['members'] {
  return group.members.filter(({ state }) => !state.endsWith('Standby'));
}

/** Launches what is missing, unless launching is suspended. */
export function replenish(account: Account, group: AutoScalingGroup, cause: string): void {
  if (group.suspended.includes('Launch')) return;
  const { groupIds, imageId, subnetId, tags, type } = group.template;
  while (counting(group).length < group.desired) {
    const output = account.perform(autoScaling, 'ec2', 'RunInstances', {
      ImageId: imageId,
      InstanceType: type,
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      SecurityGroupIds: groupIds,
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }) as { Instances: { InstanceId: string }[] };
    const instanceId = output.Instances[0]?.InstanceId ?? '';
    group.members.push({ instanceId, state: 'InService', protectedFromScaleIn: false });
    note(account, group, `Launching a new EC2 instance: ${instanceId}`, cause);
  }
}

/** Somebody asked for another size: a moment later the group has it. `because` is how the activity history begins. */
export function resize(account: Account, group: AutoScalingGroup, because: string): void {
  const { scheduler } = account;
  scheduler.at(scheduler.now() + lookAfterMs, () => {
    const difference = 'in response to a difference between desired and actual capacity';
    for (const { instanceId } of counting(group).filter((member) => !member.protectedFromScaleIn)) {
      const size = counting(group).length;
      if (size <= group.desired) break;
      const shrinking = `At ${at(account)} an instance was taken out of service ${difference}, shrinking the capacity from ${size} to ${size - 1}.`;
      takeOut(account, group, instanceId, `${because}  ${shrinking}`);
    }
    const from = counting(group).length;
    replenish(
      account,
      group,
      `${because}  At ${at(account)} an instance was started ${difference}, increasing the capacity from ${from} to ${group.desired}.`,
    );
  });
}
