import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, text } from '../command';
import { filtered, paged, tagList } from '../filters';
import type { Volume } from '../state';

const volumeType = 'AWS::EC2::Volume';
/** A volume is detached after so long. */
const detachMs = 10_000;

export const volumeCommands: Commands = {
  DescribeVolumes: {
    run({ state }, input) {
      const ids = list<string>(input, 'VolumeIds');
      for (const id of ids) if (!state.volumes.has(id)) throw noVolume(id);
      const found = filtered(state.volumes.values(), input, (it, name) => {
        switch (name) {
          case 'attachment.instance-id':
            return [it.attachment?.instanceId];
          case 'volume-id':
            return [it.id];
          case 'status':
            return [it.state];
          default:
            return undefined;
        }
      }).filter(({ id }) => ids.length === 0 || ids.includes(id));
      return paged(found.map(described), input, 'Volumes');
    },
  },

  DetachVolume: {
    run({ state, scheduler }, input) {
      const it = volumeOf(state.volumes, input);
      const { attachment } = it;
      if (attachment === null) {
        throw new AwsError('IncorrectState', `Volume '${it.id}' is in the 'available' state.`);
      }
      it.state = 'detaching';
      scheduler.at(scheduler.now() + detachMs, () => {
        it.attachment = null;
        it.state = 'available';
      });
      return { VolumeId: it.id, InstanceId: attachment.instanceId, Device: attachment.device, State: 'detaching' };
    },
    trace: (input, output) => attachmentTrace(input, output, 'detaching'),
  },

  AttachVolume: {
    run(account, input) {
      const it = volumeOf(account.state.volumes, input);
      if (it.attachment !== null) throw new AwsError('VolumeInUse', `${it.id} is already attached to an instance`);
      const instanceId = text(input, 'InstanceId');
      if (!account.state.instances.has(instanceId)) {
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
      }
      it.attachment = { instanceId, device: text(input, 'Device'), deleteOnTermination: false };
      it.state = 'in-use';
      return { VolumeId: it.id, InstanceId: instanceId, Device: text(input, 'Device'), State: 'attaching' };
    },
    trace: (input, output) => attachmentTrace(input, output, 'attaching'),
  },
};

function described(it: Volume) {
  return {
    VolumeId: it.id,
    Size: it.size,
    AvailabilityZone: it.zone,
    Encrypted: it.encrypted,
    State: it.state,
    Attachments:
      it.attachment === null
        ? []
        : [
            {
              VolumeId: it.id,
              InstanceId: it.attachment.instanceId,
              Device: it.attachment.device,
              DeleteOnTermination: it.attachment.deleteOnTermination,
              State: it.state === 'detaching' ? 'detaching' : 'attached',
            },
          ],
    Tags: tagList(it.tags),
  };
}

function volumeOf(volumes: Account['state']['volumes'], input: Input): Volume {
  const id = text(input, 'VolumeId');
  const found = volumes.get(id);
  if (found === undefined) throw noVolume(id);
  return found;
}

function noVolume(id: string): AwsError {
  return new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
}

function attachmentTrace(input: Input, output: Input | null, status: string) {
  const { InstanceId: instanceId, Device: device } = output ?? input;
  return {
    requestParameters: {
      volumeId: text(input, 'VolumeId'),
      ...(input['InstanceId'] === undefined ? {} : { instanceId: input['InstanceId'] }),
      ...(input['Device'] === undefined ? {} : { device: input['Device'] }),
      force: input['Force'] === true,
    },
    responseElements: output === null ? null : { volumeId: text(input, 'VolumeId'), instanceId, device, status },
    resources: [
      { type: volumeType, name: text(input, 'VolumeId') },
      ...(typeof instanceId === 'string' ? [{ type: 'AWS::EC2::Instance', name: instanceId }] : []),
    ],
  };
}
