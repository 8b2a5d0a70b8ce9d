import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, type Trace, text } from '../command';
import { at, note, replenish } from '../scaling';
import type { AutoScalingGroup } from '../state';

/** To standby, and back into service by way of the group's checks. */
const enterMs = 5_000;
const exitMs = 20_000;

/** Instances leave their group's service and come back to it. */
export const standbyCommands: Commands = {
  EnterStandby: {
    run(account, input) {
      const group = groupOf(account, input);
      const decrement = input['ShouldDecrementDesiredCapacity'] === true;
      for (const id of list<string>(input, 'InstanceIds')) {
        const member = memberOf(group, id, 'InService');
        if (decrement && group.desired - 1 < group.min) {
          throw new AwsError(
            'ValidationError',
            `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.`,
          );
        }
        const before = group.desired;
        if (decrement) group.desired = before - 1;
        member.state = 'EnteringStandby';
        later(account, enterMs, () => {
          if (member.state === 'EnteringStandby') member.state = 'Standby';
        });
        const shrinking = decrement ? `, shrinking the capacity from ${before} to ${before - 1}.` : '.';
        const cause = `At ${at(account)} instance ${id} was moved to standby in response to a user request${shrinking}`;
        note(account, group, `Moving EC2 instance to Standby: ${id}`, cause);
        if (!decrement) later(account, exitMs, () => replenish(account, group, cause));
      }
      return { Activities: [] };
    },
    trace: traceOf,
  },

  ExitStandby: {
    run(account, input) {
      const group = groupOf(account, input);
      for (const id of list<string>(input, 'InstanceIds')) {
        const member = memberOf(group, id, 'Standby');
        group.desired += 1;
        member.state = 'Pending';
        later(account, exitMs, () => {
          if (member.state === 'Pending') member.state = 'InService';
        });
      }
      return { Activities: [] };
    },
    trace: traceOf,
  },

  AttachInstances: {
    run(account, input) {
      const group = groupOf(account, input);
      for (const instanceId of list<string>(input, 'InstanceIds')) {
        if (group.desired + 1 > group.max) {
          throw new AwsError('ValidationError', `AutoScalingGroup ${group.name} is at its maximum size`);
        }
        const member = { instanceId, state: 'Pending', protectedFromScaleIn: false };
        group.members.push(member);
        group.members.sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
        group.desired += 1;
        later(account, exitMs, () => {
          member.state = 'InService';
        });
      }
      return {};
    },
    trace: traceOf,
  },
};

function groupOf({ state }: Account, input: Input): AutoScalingGroup {
  const found = state.autoScalingGroups.get(text(input, 'AutoScalingGroupName'));
  if (found === undefined) throw new AwsError('ValidationError', 'AutoScalingGroup name not found - null');
  return found;
}

function memberOf(group: AutoScalingGroup, id: string, state: string): AutoScalingGroup['members'][number] {
  const found = group.members.find(({ instanceId }) => instanceId === id);
  if (found?.state === state) return found;
  throw new AwsError('ValidationError', `The instance ${id} is not in ${state}.`);
}

function later({ scheduler }: Account, milliseconds: number, work: () => void): void {
  scheduler.at(scheduler.now() + milliseconds, work);
}

function traceOf(input: Input): Trace {
  const group = text(input, 'AutoScalingGroupName');
  const instances = list<string>(input, 'InstanceIds');
  const decrement = input['ShouldDecrementDesiredCapacity'];
  return {
    requestParameters: {
      autoScalingGroupName: group,
      instanceIds: instances,
      ...(decrement === undefined ? {} : { shouldDecrementDesiredCapacity: decrement }),
    },
    responseElements: null,
    resources: [
      { type: 'AWS::AutoScaling::AutoScalingGroup', name: group },
      ...instances.map((name) => ({ type: 'AWS::EC2::Instance', name })),
    ],
  };
}
