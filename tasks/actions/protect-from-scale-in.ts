import { SetInstanceProtectionCommand } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import { nodesOf } from '../forensics/request';
import { readMembership } from '../forensics/scaling';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ group: z.string(), protectedFromScaleIn: z.boolean() });

/** Keeps an Auto Scaling group from choosing this instance when it shrinks. */
export const protectFromScaleIn: Action = {
  id: 'protect-from-scale-in',
  description: 'Keeps an Auto Scaling group from choosing an instance when it scales in',
  permissions: {
    read: [{ actions: ['ec2:DescribeInstances', 'autoscaling:DescribeAutoScalingInstances'], on: ['*'] }],
    write: [
      {
        actions: ['autoscaling:SetInstanceProtection'],
        on: [`arn:\${Partition}:autoscaling:\${Region}:\${Account}:autoScalingGroup:*:autoScalingGroupName/*`],
      },
    ],
  },
  after: [],

  async propose(context, dossier) {
    const changes = (await nodesOf(context, dossier)).map(async ({ id }) => {
      const found = await readMembership(context.aws.autoScaling, id);
      if (found === null || found.protectedFromScaleIn) return [];
      return [
        {
          id: `protect-from-scale-in:${id}`,
          action: 'protect-from-scale-in',
          target: { type: 'AWS::EC2::Instance', id },
          before: { group: found.group, protectedFromScaleIn: false },
          after: { group: found.group, protectedFromScaleIn: true },
          line: `${id}: not chosen when ${found.group} scales in`,
          reversible: true,
          knownFrom: 'present' as const,
          owner: null,
          warnings: [],
        },
      ];
    });
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const found = await readMembership(aws.autoScaling, change.target.id);
    return found === null ? null : { group: found.group, protectedFromScaleIn: found.protectedFromScaleIn };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    const { group, protectedFromScaleIn } = side.parse(change.after);
    await context.aws.autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: group,
        InstanceIds: [change.target.id],
        ProtectedFromScaleIn: protectedFromScaleIn,
      }),
    );
  },

  async verify(context, change) {
    const present = await this.present(context, change);
    // One that has left its group is chosen by nobody.
    return present === null || sameState(present, change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} may still be chosen` };
  },

  undo: inverted,
};
