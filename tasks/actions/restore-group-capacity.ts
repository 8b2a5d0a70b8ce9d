import { UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { ownerByTags } from '../aws/network';
import { groupOfNode, readNodesById, readScalingGroups } from '../aws/nodes';
import type { Dossier } from '../dossier';
import { readNodesAndGroups, writeScalingGroup } from '../nodes/permissions';
import { scalingGroupState } from '../nodes/state';
import { nodeTouchesOf } from '../nodes/touches';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ min: z.number().int(), max: z.number().int(), desired: z.number().int() });

/** Gives an Auto Scaling group that was made smaller the size that it had: it then launches what is missing. */
export const restoreGroupCapacity: Action = {
  id: 'restore-group-capacity',
  description: 'Gives an Auto Scaling group of nodes that was made smaller the size that it had before',
  permissions: { read: [readNodesAndGroups], write: [writeScalingGroup('UpdateAutoScalingGroup')] },

  async propose(context, dossier) {
    const changes: Change[] = [];
    for (const name of await groupsOf(context, dossier)) {
      const change = await proposeFor(context, name, dossier.events[0]?.time ?? dossier.openedAt);
      if (change !== null) changes.push(change);
    }
    return changes;
  },

  async present({ aws }, { target }) {
    const [group] = await readScalingGroups(aws.autoScaling, [target.id]);
    return group === undefined ? null : { min: group.min, max: group.max, desired: group.desired };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    const { min, max, desired } = side.parse(change.after);
    await context.aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: change.target.id,
        MinSize: min,
        MaxSize: max,
        DesiredCapacity: desired,
      }),
    );
    return undefined;
  },

  async verify(context, change) {
    const [group] = await readScalingGroups(context.aws.autoScaling, [change.target.id]);
    if (!sameState(await this.present(context, change), change.after)) {
      return { state: 'failed', reason: `${change.target.id} has another size` };
    }
    const missing = (group?.desired ?? 0) - (group?.inService.length ?? 0);
    // What is suspended will not be launched however long anybody waits: the size itself stands.
    if (missing <= 0 || group?.suspended.includes('Launch') === true) return { state: 'done' };
    return { state: 'pending', waitingFor: `${missing} node(s) that ${change.target.id} has yet to launch` };
  },

  undo: inverted,
};

/** The groups that were changed, and those of the instances that were ended. */
async function groupsOf({ aws, baseline }: ActionContext, dossier: Dossier): Promise<string[]> {
  const touches = nodeTouchesOf(dossier);
  const named = touches.flatMap(({ touch }) => (touch.kind === 'group-changed' ? [touch.group] : []));
  const ids = touches.flatMap(({ touch }) => (touch.kind === 'instance-ended' ? [touch.instanceId] : []));
  const nodes = await readNodesById(aws.ec2, [...new Set(ids)]);
  const first = dossier.events[0]?.time ?? dossier.openedAt;
  for (const id of new Set(ids)) {
    const tags = z
      .object({ tags: z.record(z.string(), z.string()) })
      .safeParse(nodes.find((node) => node.id === id) ?? (await baseline({ type: 'AWS::EC2::Instance', id }, first)));
    const group = tags.success ? groupOfNode(tags.data.tags) : null;
    if (group !== null) named.push(group);
  }
  return [...new Set(named)].sort();
}

async function proposeFor(context: ActionContext, name: string, time: string): Promise<Change | null> {
  const target = { type: 'AWS::AutoScaling::AutoScalingGroup', id: name };
  const [group] = await readScalingGroups(context.aws.autoScaling, [name]);
  const recorded = scalingGroupState.safeParse(await context.baseline(target, time));
  if (group === undefined || !recorded.success) return null;
  const before = { min: group.min, max: group.max, desired: group.desired };
  // Never smaller than it is: what grew since may carry load.
  const after = {
    min: Math.max(group.min, recorded.data.min),
    max: Math.max(group.max, recorded.data.max),
    desired: Math.max(group.desired, recorded.data.desired),
  };
  if (sameState(before, after)) return null;
  const managed = group.tags['eks:nodegroup-name'];
  return {
    id: `restore-group-capacity:${name}`,
    action: 'restore-group-capacity',
    target,
    before,
    after,
    line: `${name}: ${described(before)} back to ${described(after)}`,
    reversible: true,
    knownFrom: 'baseline',
    owner: ownerByTags(group.tags) ?? (managed === undefined ? null : `the EKS node group ${managed}`),
    warnings: [
      ...(group.suspended.includes('Launch') ? ['Launching is suspended: no node comes until it is resumed.'] : []),
      ...(managed === undefined ? [] : ['EKS owns this group: its own scaling configuration may differ.']),
    ],
  };
}

function described({ min, max, desired }: z.infer<typeof side>): string {
  return `desired ${desired} (min ${min}, max ${max})`;
}
