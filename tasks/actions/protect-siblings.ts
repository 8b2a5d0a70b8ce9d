import { DescribeInstanceAttributeCommand, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { ownerByTags } from '../aws/network';
import { type Node, readNodesById, scalingGroupTag } from '../aws/nodes';
import { readNodesAndGroups, writeInstance } from '../nodes/permissions';
import { isRunByEks, siblingsOf } from '../nodes/siblings';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** One attribute is one change: EC2 takes one a call, and what somebody has changed since is left alone by itself. */
const side = z.union([
  z.strictObject({ disableApiTermination: z.boolean() }),
  z.strictObject({ device: z.string(), deleteOnTermination: z.boolean() }),
]);
type Side = z.infer<typeof side>;

/**
 * Keeps the nodes that are left from being terminated by a call, and their volumes from going with them. Auto Scaling does
 * not ask for termination protection: that it spares a node is another action.
 */
export const protectSiblings: Action = {
  id: 'protect-siblings',
  description:
    'Protects the remaining nodes of a cluster from termination, and keeps their volumes if they end all the same',
  permissions: {
    read: [readNodesAndGroups],
    write: [
      writeInstance('ModifyInstanceAttribute'),
      {
        actions: ['ec2:ModifyInstanceAttribute'],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`],
      },
    ],
  },

  async propose(context, dossier) {
    const changes: Change[] = [];
    for (const node of await siblingsOf(context, dossier)) {
      if (!isRunByEks(node)) changes.push(...(await proposeFor(context, node)));
    }
    return changes;
  },

  present: (context, change) => presentSide(context, change.target.id, side.parse(change.before)),

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    await context.aws.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: change.target.id, ...request(side.parse(change.after)) }),
    );
    return undefined;
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is not protected` };
  },

  undo: inverted,
};

async function proposeFor(context: ActionContext, node: Node): Promise<Change[]> {
  const wanted: { name: string; after: Side; says: string }[] = node.volumes.map(({ id, device }) => ({
    name: device,
    after: { device, deleteOnTermination: false },
    says: `keeps ${id} if it is terminated`,
  }));
  // EC2 refuses termination protection for Spot instances.
  if (!node.spot) {
    const after = { disableApiTermination: true };
    wanted.unshift({ name: 'disableApiTermination', after, says: 'protected from termination' });
  }
  const changes: Change[] = [];
  for (const { name, after, says } of wanted) {
    const before = await presentSide(context, node.id, after);
    if (before === null || sameState(before, after)) continue;
    changes.push({
      id: `protect-siblings:${node.id}:${name}`,
      action: 'protect-siblings',
      target: { type: 'AWS::EC2::Instance', id: node.id },
      before,
      after,
      line: `${node.id}: ${says}`,
      reversible: true,
      knownFrom: 'present',
      owner: ownerByTags(node.tags),
      warnings: 'disableApiTermination' in after ? held(node) : [],
    });
  }
  return changes;
}

/** Whoever else ends nodes is held up too, until it is undone. */
function held({ tags }: Node): string[] {
  if (Object.keys(tags).some((key) => key.startsWith('karpenter.sh/')))
    return ['Karpenter cannot terminate it while it is protected.'];
  return scalingGroupTag in tags ? ['Its Auto Scaling group can terminate it all the same.'] : [];
}

async function presentSide({ aws }: ActionContext, InstanceId: string, like: Side): Promise<Json | null> {
  const [node] = await readNodesById(aws.ec2, [InstanceId]);
  if (node === undefined || node.state === 'terminated' || node.state === 'shutting-down') return null;
  if ('device' in like) {
    const volume = node.volumes.find(({ device }) => device === like.device);
    return volume === undefined ? null : { device: like.device, deleteOnTermination: volume.deleteOnTermination };
  }
  const { DisableApiTermination } = await aws.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
  );
  return { disableApiTermination: DisableApiTermination?.Value ?? false };
}

function request(after: Side) {
  if ('disableApiTermination' in after) return { DisableApiTermination: { Value: after.disableApiTermination } };
  const { device: DeviceName, deleteOnTermination: DeleteOnTermination } = after;
  return { BlockDeviceMappings: [{ DeviceName, Ebs: { DeleteOnTermination } }] };
}
