import { SetInstanceProtectionCommand } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import { ownerByTags } from '../aws/network';
import { groupOfNode, readScalingGroups } from '../aws/nodes';
import { readNodesAndGroups, writeScalingGroup } from '../nodes/permissions';
import { siblingsOf } from '../nodes/siblings';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ group: z.string(), protectedFromScaleIn: z.boolean() });

/** Keeps the nodes that are left from being chosen when somebody makes their group smaller. */
export const protectSiblingsFromScaleIn: Action = {
  id: 'protect-siblings-from-scale-in',
  description: 'Keeps Auto Scaling from choosing the remaining nodes of a cluster when their group is made smaller',
  permissions: { read: [readNodesAndGroups], write: [writeScalingGroup('SetInstanceProtection')] },

  async propose(context, dossier) {
    const nodes = await siblingsOf(context, dossier);
    const names = [...new Set(nodes.flatMap(({ tags }) => groupOfNode(tags) ?? []))].sort();
    const groups = await readScalingGroups(context.aws.autoScaling, names);
    return groups.flatMap(({ name, inService, protectedFromScaleIn, tags }) =>
      inService
        .filter((id) => !protectedFromScaleIn.includes(id) && nodes.some((node) => node.id === id))
        .map((id) => ({
          id: `protect-siblings-from-scale-in:${id}`,
          action: 'protect-siblings-from-scale-in',
          target: { type: 'AWS::EC2::Instance', id },
          before: { group: name, protectedFromScaleIn: false },
          after: { group: name, protectedFromScaleIn: true },
          line: `${id}: not chosen when ${name} is made smaller`,
          reversible: true,
          knownFrom: 'present' as const,
          owner: ownerByTags(tags),
          warnings: 'eks:nodegroup-name' in tags ? ['An upgrade of the node group waits until this is undone.'] : [],
        })),
    );
  },

  async present({ aws }, { target, before }) {
    const { group: name } = side.parse(before);
    const [group] = await readScalingGroups(aws.autoScaling, [name]);
    if (group === undefined || !group.inService.includes(target.id)) return null;
    return { group: name, protectedFromScaleIn: group.protectedFromScaleIn.includes(target.id) };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    const { group, protectedFromScaleIn } = side.parse(change.after);
    await context.aws.autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: group,
        InstanceIds: [change.target.id],
        ProtectedFromScaleIn: protectedFromScaleIn,
      }),
    );
    return undefined;
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} may still be chosen` };
  },

  undo: inverted,
};
