import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { ownerByTags } from '../aws/network';
import { readNodesById } from '../aws/nodes';
import { isolationTag } from '../forensics/isolation-groups';
import { nameOfArn } from '../forensics/node';
import { giveProfile, profileAssociation } from '../forensics/roles';
import { readNodesAndGroups, writeInstance } from '../nodes/permissions';
import { isRunByEks } from '../nodes/siblings';
import { nodeState } from '../nodes/state';
import { nodeTouchesOf } from '../nodes/touches';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** Null: no profile. */
const side = z.strictObject({ instanceProfile: z.string().nullable() });

/** Gives a node back the instance profile that it had, or had not. Credentials that the other one gave out live on until they expire. */
export const restoreInstanceProfile: Action = {
  id: 'restore-instance-profile',
  description: 'Gives a node back the instance profile that it had before',
  permissions: {
    read: [readNodesAndGroups],
    write: [
      writeInstance(
        'AssociateIamInstanceProfile',
        'DisassociateIamInstanceProfile',
        'ReplaceIamInstanceProfileAssociation',
      ),
      {
        actions: ['iam:PassRole'],
        on: [`arn:\${Partition}:iam::\${Account}:role/*`],
        conditions: { StringLike: { 'iam:PassedToService': 'ec2.*' } },
      },
    ],
  },

  async propose(context, dossier) {
    const changes = new Map<string, Change>();
    for (const { touch, time } of nodeTouchesOf(dossier)) {
      if (touch.kind !== 'profile-replaced' || changes.has(touch.instanceId)) continue;
      const change = await proposeFor(context, touch.instanceId, time);
      if (change !== null) changes.set(touch.instanceId, change);
    }
    return [...changes.values()];
  },

  async present({ aws }, { target }) {
    return { instanceProfile: await profileOf(aws, target.id) };
  },

  async apply({ aws }, { target, after }) {
    await giveProfile(aws.ec2, target.id, side.parse(after).instanceProfile);
    return undefined;
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has another instance profile` };
  },

  undo: inverted,
};

async function profileOf({ ec2 }: Pick<ActionContext['aws'], 'ec2'>, instanceId: string): Promise<string | null> {
  return (await profileAssociation(ec2, instanceId))?.IamInstanceProfile?.Arn ?? null;
}

const called = (profile: string | null) => (profile === null ? 'none' : nameOfArn(profile));

async function proposeFor(context: ActionContext, id: string, time: string): Promise<Change | null> {
  const target = { type: 'AWS::EC2::Instance', id };
  const [node] = await readNodesById(context.aws.ec2, [id]);
  const before = await profileOf(context.aws, id);
  const recorded = nodeState.safeParse(await context.baseline(target, time));
  // Nobody can guess which role a node should have; EKS Auto Mode lets nobody set it.
  if (node === undefined || !recorded.success || isRunByEks(node)) return null;
  const after = recorded.data.instanceProfile;
  const isolatedBy = node.tags[isolationTag];
  if (isolatedBy !== undefined) {
    context.left.add(
      `${id} is isolated by ${isolatedBy}, which gave it another instance profile: release that first, then give it back ${called(after)}.`,
    );
    return null;
  }
  if (before === after) return null;
  return {
    id: `restore-instance-profile:${id}`,
    action: 'restore-instance-profile',
    target,
    before: { instanceProfile: before },
    after: { instanceProfile: after },
    line: `${id}: instance profile ${called(before)} back to ${called(after)}`,
    reversible: true,
    knownFrom: 'baseline',
    owner: ownerByTags(node.tags),
    warnings:
      before === null
        ? []
        : ['Credentials that the other profile gave out stay valid until they expire: at the most six hours.'],
  };
}
