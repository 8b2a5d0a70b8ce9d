import {
  DescribeInstanceAttributeCommand,
  DescribeSnapshotsCommand,
  ModifyInstanceAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { filter } from '../aws/network';
import { isOver, readNode } from '../forensics/node';
import { nodesOf } from '../forensics/request';
import { incidentTag } from '../forensics/snapshots';
import { sameState } from '../same-state';
import type { Action } from './action';

/** Ends a node for good, once a complete snapshot of each of its volumes is kept. */
export const terminateNode: Action = {
  id: 'terminate-node',
  description: 'Terminates an instance whose volumes are kept as complete snapshots; cannot be undone',
  permissions: {
    read: [{ actions: ['ec2:DescribeInstances', 'ec2:DescribeInstanceAttribute', 'ec2:DescribeSnapshots'], on: ['*'] }],
    write: [
      {
        actions: ['ec2:ModifyInstanceAttribute', 'ec2:TerminateInstances'],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`],
      },
    ],
  },
  takesSeconds: 600,

  async propose({ aws }, dossier) {
    const changes = (await nodesOf({ aws }, dossier)).map(async (node) => {
      const { Snapshots } = await aws.ec2.send(
        new DescribeSnapshotsCommand({
          OwnerIds: ['self'],
          Filters: [filter(`tag:${incidentTag}`, [dossier.incidentId]), filter('status', ['completed'])],
        }),
      );
      const kept = new Set((Snapshots ?? []).flatMap(({ VolumeId }) => VolumeId ?? []));
      // Copies name a volume that never was.
      if (node.volumes.some(({ volumeId }) => !kept.has(volumeId))) return [];
      return [
        {
          id: `terminate-node:${node.id}`,
          action: 'terminate-node',
          target: { type: 'AWS::EC2::Instance', id: node.id },
          before: { ended: false },
          after: { ended: true },
          line: `${node.id}: terminated; ${node.volumes.length} volume(s) are kept as snapshots`,
          reversible: false,
          knownFrom: 'present' as const,
          owner: null,
          warnings: ['What is in its memory is lost.'],
        },
      ];
    });
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const node = await readNode(aws.ec2, change.target.id);
    return { ended: node === null || isOver(node) };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    const { ec2 } = context.aws;
    const InstanceId = change.target.id;
    const { DisableApiTermination } = await ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
    );
    if (DisableApiTermination?.Value === true) {
      await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    }
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  },

  async verify({ aws }, change) {
    const node = await readNode(aws.ec2, change.target.id);
    return node === null || node.state === 'terminated'
      ? { state: 'done' }
      : { state: 'pending', waitingFor: `${change.target.id} to end: it is ${node.state}` };
  },

  undo: () => null,
};
