import {
  AttachInstancesCommand,
  DetachInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
} from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { whyAsk } from '../forensics/peers';
import { nodeSettingsOf, nodesOf } from '../forensics/request';
import { readGroup, readMembership } from '../forensics/scaling';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ group: z.string(), state: z.enum(['InService', 'Standby', 'detached']) });
const parameters = z.strictObject({ replace: z.boolean() });

/**
 * Takes an instance out of its Auto Scaling group's hands, which would terminate it as soon as it looks unhealthy: in
 * standby it stays in the group's books, detached it is nobody's. Either way it leaves the group's load balancers too.
 */
export const leaveAutoScalingGroup: Action = {
  id: 'leave-auto-scaling-group',
  description: 'Puts an instance in standby in its Auto Scaling group, or detaches it',
  permissions: {
    read: [
      {
        actions: [
          'ec2:DescribeInstances',
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
        ],
        on: ['*'],
      },
    ],
    write: [
      {
        actions: [
          'autoscaling:AttachInstances',
          'autoscaling:DetachInstances',
          'autoscaling:EnterStandby',
          'autoscaling:ExitStandby',
        ],
        on: [`arn:\${Partition}:autoscaling:\${Region}:\${Account}:autoScalingGroup:*:autoScalingGroupName/*`],
      },
    ],
  },
  after: [],
  // Back in service, an instance passes through its group's lifecycle hooks.
  takesSeconds: 600,

  async propose(context, dossier) {
    const { leaveAutoScalingGroup: how, replace } = nodeSettingsOf(dossier);
    if (how === 'stay') return [];
    const changes = (await nodesOf(context, dossier)).map(({ id }) => leavingService(context, id, how, replace));
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const { group } = side.parse(change.before);
    const found = await readMembership(aws.autoScaling, change.target.id);
    return { group, state: found === null ? 'detached' : found.lifecycleState };
  },

  async apply(context, change) {
    const present = await this.present(context, change);
    if (sameState(present, change.after)) return;
    const { group, state } = side.parse(change.after);
    const { replace } = parameters.parse(change.parameters);
    const which = { AutoScalingGroupName: group, InstanceIds: [change.target.id] };
    const { autoScaling } = context.aws;
    switch (state) {
      case 'Standby':
        await autoScaling.send(new EnterStandbyCommand({ ...which, ShouldDecrementDesiredCapacity: !replace }));
        return;
      case 'detached':
        await autoScaling.send(new DetachInstancesCommand({ ...which, ShouldDecrementDesiredCapacity: !replace }));
        return;
      case 'InService':
        await autoScaling.send(
          side.parse(change.before).state === 'Standby'
            ? new ExitStandbyCommand(which)
            : new AttachInstancesCommand(which),
        );
        return;
      default:
        state satisfies never;
    }
  },

  async verify(context, change) {
    const present = side.safeParse(await this.present(context, change));
    if (!present.success) return { state: 'pending', waitingFor: `${change.target.id} to change its place` };
    const { state } = side.parse(change.after);
    if (present.data.state === state) return { state: 'done' };
    // Gone from its group altogether, it is out of the group's hands as well.
    if (state === 'Standby' && present.data.state === 'detached') {
      return {
        state: 'failed',
        reason: `its Auto Scaling group has let go of ${change.target.id}: it is being terminated`,
      };
    }
    return { state: 'pending', waitingFor: `${change.target.id} to be ${state}` };
  },

  undo: inverted,
};

/** The change that takes an instance out of its group's service; none where it is not in service. */
export async function leavingService(
  { aws }: ActionContext,
  id: string,
  how: 'standby' | 'detach',
  wanted: boolean,
): Promise<Change[]> {
  const found = await readMembership(aws.autoScaling, id);
  // Only from service can it go to standby or be detached: whatever else it does passes, or ends it.
  if (found === null || found.lifecycleState !== 'InService') return [];
  const group = await readGroup(aws.autoScaling, found.group, id);
  const belowMinimum = group !== null && group.desired - 1 < group.min;
  const replace = wanted || belowMinimum;
  const after = how === 'standby' ? 'Standby' : 'detached';
  const ask =
    group === null
      ? undefined
      : whyAsk({ group: { kind: 'auto-scaling-group', name: found.group }, healthyOthers: group.healthyOthers });
  return [
    {
      id: `leave-auto-scaling-group:${id}`,
      action: 'leave-auto-scaling-group',
      target: { type: 'AWS::EC2::Instance', id },
      before: { group: found.group, state: 'InService' },
      after: { group: found.group, state: after },
      parameters: { replace },
      line: `${id}: ${after === 'Standby' ? 'in standby in' : 'detached from'} ${found.group}, ${replace ? 'which starts another in its place' : 'which shrinks by one'}`,
      reversible: true,
      knownFrom: 'present',
      owner: null,
      warnings: [
        ...(replace ? ['Taken back later, the group is one larger than now.'] : []),
        ...(belowMinimum && !wanted
          ? ['The group is at its minimum: it replaces the node whatever the plan says.']
          : []),
      ],
      ...(ask === undefined ? {} : { askBecause: ask }),
    },
  ];
}
