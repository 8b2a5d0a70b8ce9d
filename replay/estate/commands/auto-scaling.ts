import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, type Trace, text } from '../command';
import { filtered, tagList } from '../filters';
import { at, note, replenish, resize, takeOut } from '../scaling';
import type { AutoScalingGroup, ScalingActivity } from '../state';

const groupType = 'AWS::AutoScaling::AutoScalingGroup';

export const autoScalingCommands: Commands = {
  DescribeAutoScalingGroups: {
    run(account, input) {
      const names = list<string>(input, 'AutoScalingGroupNames');
      const all = [...account.state.autoScalingGroups.values()];
      const found = filtered(all, input, () => undefined).filter(
        ({ name }) => names.length === 0 || names.includes(name),
      );
      return page(found, input, 'AutoScalingGroups', (group) => described(account, group));
    },
  },

  DescribeAutoScalingInstances: {
    run({ state }, input) {
      const ids = list<string>(input, 'InstanceIds');
      const found = [...state.autoScalingGroups.values()].flatMap((group) =>
        group.members
          .filter(({ instanceId }) => ids.length === 0 || ids.includes(instanceId))
          .map((member) => ({ group, member })),
      );
      return page(found, input, 'AutoScalingInstances', ({ group, member }) => ({
        AutoScalingGroupName: group.name,
        InstanceId: member.instanceId,
        LifecycleState: member.state,
        HealthStatus: 'HEALTHY',
        ProtectedFromScaleIn: member.protectedFromScaleIn,
      }));
    },
  },

  DescribeScalingActivities: {
    run({ state }, input) {
      const name = text(input, 'AutoScalingGroupName');
      const found = [...state.autoScalingGroups.values()]
        .filter((group) => name === '' || group.name === name)
        .flatMap((group) => group.activities.map((activity) => ({ group, activity })))
        .sort((a, b) => b.activity.time - a.activity.time || (a.activity.id < b.activity.id ? -1 : 1));
      return page(found, input, 'Activities', ({ group, activity }) => activityOutput(group, activity));
    },
  },

  SetDesiredCapacity: {
    run(account, input) {
      const group = groupOf(account, input);
      const wanted = Number(input['DesiredCapacity']);
      if (wanted < group.min || wanted > group.max) {
        const [side, bound] = wanted < group.min ? ['below min', group.min] : ['above max', group.max];
        throw new AwsError(
          'ValidationError',
          `New SetDesiredCapacity value ${wanted} is ${side} value ${bound} for the AutoScalingGroup.`,
        );
      }
      const before = group.desired;
      group.desired = wanted;
      resize(
        account,
        group,
        `At ${at(account)} a user request explicitly set group desired capacity changing the desired capacity from ${before} to ${wanted}.`,
      );
      return {};
    },
    trace: (input) => traceOf(input, ['DesiredCapacity', 'HonorCooldown']),
  },

  UpdateAutoScalingGroup: {
    run(account, input) {
      const group = groupOf(account, input);
      const before = group.desired;
      group.min = numberIn(input, 'MinSize') ?? group.min;
      group.max = numberIn(input, 'MaxSize') ?? group.max;
      group.desired = numberIn(input, 'DesiredCapacity') ?? Math.min(Math.max(before, group.min), group.max);
      if (group.min > group.max) {
        throw new AwsError('ValidationError', 'Max bound, must be greater than or equal to min bound');
      }
      resize(
        account,
        group,
        `At ${at(account)} a user request update of AutoScalingGroup constraints to min: ${group.min}, max: ${group.max}, desired: ${group.desired} changing the desired capacity from ${before} to ${group.desired}.`,
      );
      return {};
    },
    trace: (input) => traceOf(input, ['MinSize', 'MaxSize', 'DesiredCapacity', 'HealthCheckType', 'LaunchTemplate']),
  },

  TerminateInstanceInAutoScalingGroup: {
    run(account, input) {
      const instanceId = text(input, 'InstanceId');
      const group = [...account.state.autoScalingGroups.values()].find(({ members }) =>
        members.some((member) => member.instanceId === instanceId),
      );
      if (group === undefined) {
        throw new AwsError(
          'ValidationError',
          `Instance Id not found - No managed instance found for instance ID: ${instanceId}`,
        );
      }
      const decrement = input['ShouldDecrementDesiredCapacity'] === true;
      const before = group.desired;
      if (decrement) group.desired = before - 1;
      const shrinking = decrement ? `, shrinking the capacity from ${before} to ${before - 1}.` : '.';
      const cause = `At ${at(account)} instance ${instanceId} was taken out of service in response to a user request${shrinking}`;
      takeOut(account, group, instanceId, cause);
      const activity = group.activities.at(-1);
      const { scheduler } = account;
      scheduler.at(scheduler.now() + 20_000, () => {
        replenish(
          account,
          group,
          `At ${at(account)} an instance was started in response to a difference between desired and actual capacity.`,
        );
      });
      return activity === undefined ? {} : { Activity: activityOutput(group, activity) };
    },
    trace(input, output) {
      const activity = output?.['Activity'] as { AutoScalingGroupName?: string; ActivityId?: string } | undefined;
      return {
        ...traceOf(input, ['InstanceId', 'ShouldDecrementDesiredCapacity']),
        responseElements:
          activity === undefined
            ? null
            : {
                activity: {
                  activityId: activity.ActivityId,
                  autoScalingGroupName: activity.AutoScalingGroupName,
                  statusCode: 'InProgress',
                },
              },
      };
    },
  },

  DetachInstances: {
    run(account, input) {
      const group = groupOf(account, input);
      const ids = list<string>(input, 'InstanceIds');
      const decrement = input['ShouldDecrementDesiredCapacity'] === true;
      for (const instanceId of ids) {
        if (!group.members.some((member) => member.instanceId === instanceId)) {
          throw new AwsError(
            'ValidationError',
            `The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`,
          );
        }
      }
      for (const instanceId of ids) {
        group.members = group.members.filter((member) => member.instanceId !== instanceId);
        const before = group.desired;
        if (decrement) group.desired = before - 1;
        const shrinking = decrement ? `, shrinking the capacity from ${before} to ${before - 1}.` : '.';
        note(
          account,
          group,
          `Detaching EC2 instance: ${instanceId}`,
          `At ${at(account)} instance ${instanceId} was detached in response to a user request${shrinking}`,
        );
      }
      if (!decrement) resize(account, group, `At ${at(account)} a user request detached instances.`);
      return { Activities: group.activities.slice(-ids.length).map((activity) => activityOutput(group, activity)) };
    },
    trace: (input) => traceOf(input, ['InstanceIds', 'ShouldDecrementDesiredCapacity']),
  },

  SuspendProcesses: {
    run(account, input) {
      const group = groupOf(account, input);
      const named = list<string>(input, 'ScalingProcesses');
      group.suspended = [...new Set([...group.suspended, ...(named.length === 0 ? processes : named)])].sort();
      return {};
    },
    trace: (input) => traceOf(input, ['ScalingProcesses']),
  },

  SetInstanceProtection: {
    run(account, input) {
      const group = groupOf(account, input);
      for (const id of list<string>(input, 'InstanceIds')) {
        const member = group.members.find(({ instanceId }) => instanceId === id);
        if (member === undefined) {
          throw new AwsError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${group.name}.`);
        }
        member.protectedFromScaleIn = input['ProtectedFromScaleIn'] === true;
      }
      return {};
    },
    trace: (input) => traceOf(input, ['InstanceIds', 'ProtectedFromScaleIn']),
  },
};

/** Whoever names none means all of them: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SuspendProcesses.html */
const processes = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
] as const;

function groupOf({ state }: Account, input: Input): AutoScalingGroup {
  const found = state.autoScalingGroups.get(text(input, 'AutoScalingGroupName'));
  if (found === undefined) throw new AwsError('ValidationError', 'AutoScalingGroup name not found - null');
  return found;
}

function described({ state, description }: Account, group: AutoScalingGroup) {
  const { account, partition, region } = description;
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: `arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${group.name}`,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    Instances: group.members.map((member) => ({
      InstanceId: member.instanceId,
      InstanceType: state.instances.get(member.instanceId)?.type,
      LifecycleState: member.state,
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: member.protectedFromScaleIn,
    })),
    SuspendedProcesses: group.suspended.map((ProcessName) => ({ ProcessName })),
    ServiceLinkedRoleARN: `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    Tags: tagList(group.tags).map((tag) => ({
      ...tag,
      ResourceId: group.name,
      ResourceType: 'auto-scaling-group',
      PropagateAtLaunch: true,
    })),
  };
}

function activityOutput(group: AutoScalingGroup, activity: ScalingActivity) {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: group.name,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.time),
    StatusCode: activity.status,
    Progress: 100,
  };
}

function numberIn(input: Input, name: string): number | null {
  const value = input[name];
  return typeof value === 'number' ? value : null;
}

/** Auto Scaling's records have the request's fields in camelCase; most of its calls answer nothing. */
function traceOf(input: Input, names: readonly string[]): Trace {
  const request = ['AutoScalingGroupName', ...names].flatMap((name) =>
    input[name] === undefined ? [] : [[`${name.charAt(0).toLowerCase()}${name.slice(1)}`, input[name]]],
  );
  const instances = [text(input, 'InstanceId'), ...list<string>(input, 'InstanceIds')].filter((id) => id !== '');
  const group = text(input, 'AutoScalingGroupName');
  return {
    requestParameters: Object.fromEntries(request) as Record<string, unknown>,
    responseElements: null,
    resources: [
      ...(group === '' ? [] : [{ type: groupType, name: group }]),
      ...instances.map((name) => ({ type: 'AWS::EC2::Instance', name })),
    ],
  };
}

function page<T>(items: readonly T[], input: Input, name: string, output: (item: T) => unknown) {
  const size = typeof input['MaxRecords'] === 'number' ? input['MaxRecords'] : 50;
  const start = typeof input['NextToken'] === 'string' ? Number(input['NextToken']) : 0;
  const following = start + size;
  return {
    [name]: items.slice(start, following).map(output),
    ...(following < items.length ? { NextToken: String(following) } : {}),
  };
}
