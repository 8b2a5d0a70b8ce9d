import {
  DescribeIamInstanceProfileAssociationsCommand,
  type IamInstanceProfileAssociation,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { filter, ownerByTags } from '../aws/network';
import { readNodesById } from '../aws/nodes';
import { isolationTag } from '../forensics/isolation-groups';
import { readNodesAndGroups, writeInstance } from '../nodes/permissions';
import { isRunByEks } from '../nodes/siblings';
import { nodeState } from '../nodes/state';
import { nodeTouchesOf } from '../nodes/touches';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ instanceProfile: z.string() });

/** Gives a node back the instance profile that it had. Credentials that the other one gave out live on until they expire. */
export const restoreInstanceProfile: Action = {
  id: 'restore-instance-profile',
  description: 'Gives a node back the instance profile that it had before',
  permissions: {
    read: [readNodesAndGroups],
    write: [
      writeInstance('ReplaceIamInstanceProfileAssociation'),
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

  async present(context, { target }) {
    const association = await associationOf(context, target.id);
    return association?.IamInstanceProfile?.Arn === undefined
      ? null
      : { instanceProfile: association.IamInstanceProfile.Arn };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    const association = await associationOf(context, change.target.id);
    await context.aws.ec2.send(
      new ReplaceIamInstanceProfileAssociationCommand({
        AssociationId: association?.AssociationId,
        IamInstanceProfile: { Arn: side.parse(change.after).instanceProfile },
      }),
    );
    return undefined;
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has another instance profile` };
  },

  undo: inverted,
};

/** The association that is or is about to be in effect: a replaced one is listed as disassociating for a while. */
async function associationOf(
  { aws }: ActionContext,
  instanceId: string,
): Promise<IamInstanceProfileAssociation | undefined> {
  const { IamInstanceProfileAssociations = [] } = await aws.ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters: [filter('instance-id', [instanceId])] }),
  );
  return IamInstanceProfileAssociations.find(({ State }) => State === 'associated' || State === 'associating');
}

async function proposeFor(context: ActionContext, id: string, time: string): Promise<Change | null> {
  const target = { type: 'AWS::EC2::Instance', id };
  const [node] = await readNodesById(context.aws.ec2, [id]);
  const association = await associationOf(context, id);
  const recorded = nodeState.safeParse(await context.baseline(target, time));
  const before = association?.IamInstanceProfile?.Arn;
  const after = recorded.success ? recorded.data.instanceProfile : null;
  const isolatedBy = node?.tags[isolationTag];
  if (isolatedBy !== undefined && after !== null) {
    context.left.add(
      `${id} is isolated by ${isolatedBy}, which gave it another instance profile: release that first, then give it back ${after.split('/').at(-1)}.`,
    );
    return null;
  }
  // Nobody can guess which role a node should have; EKS Auto Mode lets nobody set it.
  if (node === undefined || before === undefined || after === null || before === after || isRunByEks(node)) return null;
  return {
    id: `restore-instance-profile:${id}`,
    action: 'restore-instance-profile',
    target,
    before: { instanceProfile: before },
    after: { instanceProfile: after },
    line: `${id}: instance profile ${before.split('/').at(-1)} back to ${after.split('/').at(-1)}`,
    reversible: true,
    knownFrom: 'baseline',
    owner: ownerByTags(node.tags),
    warnings: ['Credentials that the other profile gave out stay valid until they expire: at the most six hours.'],
  };
}
