import { DescribeInstanceAttributeCommand, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { type Node, readNode } from '../forensics/node';
import { nodesOf } from '../forensics/request';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** One attribute is one change: EC2 takes one a call, and what somebody has changed since is left alone by itself. */
const side = z.union([
  z.strictObject({ disableApiTermination: z.boolean() }),
  z.strictObject({ disableApiStop: z.boolean() }),
  z.strictObject({ instanceInitiatedShutdownBehavior: z.enum(['stop', 'terminate']) }),
  z.strictObject({ device: z.string(), deleteOnTermination: z.boolean() }),
]);
type Side = z.infer<typeof side>;

/** Keeps an instance from being stopped or terminated, from the inside too, and its volumes from going with it. */
export const protectInstance: Action = {
  id: 'protect-instance',
  description: 'Protects an instance from termination and stopping, and keeps its volumes if it ends all the same',
  permissions: {
    read: [{ actions: ['ec2:DescribeInstances', 'ec2:DescribeInstanceAttribute'], on: ['*'] }],
    write: [
      {
        actions: ['ec2:ModifyInstanceAttribute'],
        on: [
          `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`,
        ],
      },
    ],
  },
  after: [],

  async propose(context, dossier) {
    const nodes = (await nodesOf(context, dossier)).filter((node) => !node.managedByEks);
    return (await Promise.all(nodes.map((node) => proposeFor(context, node)))).flat();
  },

  async present(context, change) {
    const node = await readNode(context.aws.ec2, change.target.id);
    return node === null ? null : presentSide(context, node, side.parse(change.before));
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    await context.aws.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: change.target.id, ...request(side.parse(change.after)) }),
    );
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is not protected` };
  },

  undo: inverted,
};

async function proposeFor(context: ActionContext, node: Node): Promise<Change[]> {
  // EC2 refuses both protections for Spot instances.
  const attributes: readonly { readonly name: string; readonly after: Side; readonly says: string }[] = [
    ...(node.spot
      ? []
      : [
          {
            name: 'disableApiTermination',
            after: { disableApiTermination: true },
            says: 'protected from termination',
          },
          { name: 'disableApiStop', after: { disableApiStop: true }, says: 'protected from being stopped' },
          {
            name: 'instanceInitiatedShutdownBehavior',
            after: { instanceInitiatedShutdownBehavior: 'stop' as const },
            says: 'stops rather than terminates when it is shut down from the inside',
          },
        ]),
    ...node.volumes.map(({ device, volumeId }) => ({
      name: device,
      after: { device, deleteOnTermination: false },
      says: `keeps ${volumeId} if it is terminated`,
    })),
  ];
  const changes = attributes.map(async ({ name, after, says }): Promise<Change[]> => {
    const before = await presentSide(context, node, after);
    if (before === null || sameState(before, after)) return [];
    return [
      {
        id: `protect-instance:${node.id}:${name}`,
        action: 'protect-instance',
        target: { type: 'AWS::EC2::Instance', id: node.id },
        before,
        after,
        line: `${node.id}: ${says}`,
        reversible: true,
        knownFrom: 'present',
        owner: null,
        warnings: [],
      },
    ];
  });
  return (await Promise.all(changes)).flat();
}

async function presentSide({ aws }: ActionContext, node: Node, like: Side): Promise<Json | null> {
  if ('device' in like) {
    const volume = node.volumes.find(({ device }) => device === like.device);
    return volume === undefined ? null : { device: like.device, deleteOnTermination: volume.deleteOnTermination };
  }
  const InstanceId = node.id;
  if ('disableApiTermination' in like) {
    const found = await aws.ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
    );
    return { disableApiTermination: found.DisableApiTermination?.Value ?? false };
  }
  if ('disableApiStop' in like) {
    const found = await aws.ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiStop' }));
    return { disableApiStop: found.DisableApiStop?.Value ?? false };
  }
  const found = await aws.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'instanceInitiatedShutdownBehavior' }),
  );
  return { instanceInitiatedShutdownBehavior: found.InstanceInitiatedShutdownBehavior?.Value ?? 'stop' };
}

function request(after: Side) {
  if ('device' in after) {
    const { device: DeviceName, deleteOnTermination: DeleteOnTermination } = after;
    return { BlockDeviceMappings: [{ DeviceName, Ebs: { DeleteOnTermination } }] };
  }
  if ('disableApiTermination' in after) return { DisableApiTermination: { Value: after.disableApiTermination } };
  if ('disableApiStop' in after) return { DisableApiStop: { Value: after.disableApiStop } };
  return { InstanceInitiatedShutdownBehavior: { Value: after.instanceInitiatedShutdownBehavior } };
}
