import { AttachVolumeCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { filter, ownerByTags } from '../aws/network';
import { readNodesById, readVolumes } from '../aws/nodes';
import { readNodesAndGroups } from '../nodes/permissions';
import { nodeTouchesOf } from '../nodes/touches';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ attachedTo: z.strictObject({ instanceId: z.string(), device: z.string() }).nullable() });

/** Attaches a volume again to the node that it was taken from. What the volume held in between is in its snapshot. */
export const reattachVolume: Action = {
  id: 'reattach-volume',
  description: 'Attaches a volume again to the node that it was detached from',
  permissions: {
    read: [readNodesAndGroups],
    write: [
      {
        actions: ['ec2:AttachVolume', 'ec2:DetachVolume'],
        on: [
          `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`,
        ],
      },
    ],
  },

  async propose({ aws }, dossier) {
    const changes = new Map<string, Change>();
    for (const { touch } of nodeTouchesOf(dossier)) {
      if (touch.kind !== 'volume-detached' || touch.instanceId === null || touch.device === null) continue;
      const { volumeId, instanceId, device } = touch;
      const [volume] = await readVolumes(aws.ec2, filter('volume-id', [volumeId]));
      const [node] = await readNodesById(aws.ec2, [instanceId]);
      if (volume === undefined || volume.instanceId !== null || node === undefined) continue;
      if (node.state !== 'running' && node.state !== 'stopped') continue;
      changes.set(volumeId, {
        id: `reattach-volume:${volumeId}`,
        action: 'reattach-volume',
        target: { type: 'AWS::EC2::Volume', id: volumeId },
        before: { attachedTo: null },
        after: { attachedTo: { instanceId, device } },
        line: `${volumeId}: attached to ${instanceId} as ${device} again`,
        reversible: true,
        knownFrom: 'event',
        owner: ownerByTags(volume.tags),
        warnings: Object.keys(volume.tags).some((key) => key.startsWith('kubernetes.io/created-for/'))
          ? ['The volume belongs to a pod: its driver attaches it where the pod runs now.']
          : [],
      });
    }
    return [...changes.values()];
  },

  async present({ aws }, { target }) {
    const [volume] = await readVolumes(aws.ec2, filter('volume-id', [target.id]));
    if (volume === undefined) return null;
    const { instanceId, device } = volume;
    return { attachedTo: instanceId === null || device === null ? null : { instanceId, device } };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return undefined;
    const { attachedTo } = side.parse(change.after);
    const { ec2 } = context.aws;
    const VolumeId = change.target.id;
    if (attachedTo === null) await ec2.send(new DetachVolumeCommand({ VolumeId }));
    else
      await ec2.send(
        new AttachVolumeCommand({ VolumeId, InstanceId: attachedTo.instanceId, Device: attachedTo.device }),
      );
    return undefined;
  },

  async verify(context, change) {
    if (sameState(await this.present(context, change), change.after)) return { state: 'done' };
    return { state: 'pending', waitingFor: `${change.target.id} to be attached or detached` };
  },

  undo: inverted,
};
