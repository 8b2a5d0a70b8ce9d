import { AwsError } from '../aws-error';
import { type Account, type Commands, type Input, list, type Trace, text } from '../command';
import { filtered, paged, tagList } from '../filters';
import type { Snapshot } from '../state';
import { tagsIn } from '../tags';

const snapshotType = 'AWS::EC2::Snapshot';
/** A snapshot of what little lies on a rehearsal's volumes is complete after so long, and so is a copy. */
const completeAfterMs = 90_000;

export const snapshotCommands: Commands = {
  CreateSnapshots: {
    run(account, input) {
      const { state } = account;
      const { InstanceId = '' } = (input['InstanceSpecification'] ?? {}) as { InstanceId?: string };
      if (!state.instances.has(InstanceId)) {
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${InstanceId}' does not exist`);
      }
      const volumes = [...state.volumes.values()].filter(({ attachment }) => attachment?.instanceId === InstanceId);
      if (volumes.length === 0) {
        throw new AwsError('InvalidParameterValue', `Instance ${InstanceId} has no EBS volumes attached`);
      }
      const copied = text(input, 'CopyTagsFromSource') === 'volume';
      const made = volumes.map((volume) =>
        make(account, {
          volumeId: volume.id,
          sizeGiB: volume.size,
          encrypted: volume.encrypted,
          kmsKeyId: volume.encrypted ? defaultKey(account) : null,
          description: text(input, 'Description'),
          tags: { ...(copied ? volume.tags : {}), ...tagsIn(input, 'snapshot') },
        }),
      );
      return { Snapshots: made.map((it) => described(account, it)) };
    },
    trace: (input, output): Trace => ({
      requestParameters: { CreateSnapshotsRequest: { ...input } },
      responseElements: null,
      resources: list<{ SnapshotId: string }>(output ?? {}, 'Snapshots').map(({ SnapshotId }) => ({
        type: snapshotType,
        name: SnapshotId,
      })),
    }),
  },

  CreateSnapshot: {
    run(account, input) {
      const volume = account.state.volumes.get(text(input, 'VolumeId'));
      if (volume === undefined) {
        throw new AwsError('InvalidVolume.NotFound', `The volume '${text(input, 'VolumeId')}' does not exist.`);
      }
      const made = make(account, {
        volumeId: volume.id,
        sizeGiB: volume.size,
        encrypted: volume.encrypted,
        kmsKeyId: volume.encrypted ? defaultKey(account) : null,
        description: text(input, 'Description'),
        tags: tagsIn(input, 'snapshot'),
      });
      return described(account, made);
    },
    trace: (input, output) => ({
      requestParameters: { volumeId: text(input, 'VolumeId'), description: text(input, 'Description') },
      responseElements:
        output === null ? null : { snapshotId: output['SnapshotId'], volumeId: output['VolumeId'], status: 'pending' },
      resources: [{ type: 'AWS::EC2::Volume', name: text(input, 'VolumeId') }],
    }),
  },

  DescribeSnapshots: {
    run(account, input) {
      const found = filtered(account.state.snapshots.values(), input, (it, name) => {
        switch (name) {
          case 'snapshot-id':
            return [it.id];
          case 'status':
            return [it.state];
          case 'volume-id':
            return [it.volumeId];
          default:
            return undefined;
        }
      });
      return paged(
        found.map((it) => described(account, it)),
        input,
        'Snapshots',
      );
    },
  },

  LockSnapshot: {
    run(account, input) {
      const it = snapshotOf(account, input, 'SnapshotId');
      const days = Number(input['LockDuration']);
      // A lock in governance mode can be set anew: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LockSnapshot.html
      it.lock = { mode: text(input, 'LockMode'), days };
      return {
        SnapshotId: it.id,
        LockState: it.state === 'pending' ? 'pending-lock' : it.lock.mode,
        LockDuration: days,
      };
    },
    trace: (input, output) => aboutSnapshot(input, output, 'LockSnapshotRequest'),
  },

  CopySnapshot: {
    run(account, input) {
      const source = snapshotOf(account, input, 'SourceSnapshotId');
      if (source.state !== 'completed') {
        throw new AwsError('IncorrectState', `The snapshot ${source.id} is not in the 'completed' state.`);
      }
      const copy = make(account, {
        // EC2 gives copies a volume that never was.
        volumeId: 'vol-ffffffff',
        sizeGiB: source.sizeGiB,
        encrypted: true,
        kmsKeyId: text(input, 'KmsKeyId') || defaultKey(account),
        description: text(input, 'Description'),
        tags: tagsIn(input, 'snapshot'),
      });
      return { SnapshotId: copy.id };
    },
    trace: (input, output) => aboutSnapshot(input, output, 'CopySnapshotRequest'),
  },

  DeleteSnapshot: {
    run(account, input) {
      const it = snapshotOf(account, input, 'SnapshotId');
      if (it.lock !== null) {
        throw new AwsError('OperationNotPermitted', `The snapshot ${it.id} is locked and cannot be deleted.`);
      }
      account.state.snapshots.delete(it.id);
      return {};
    },
    trace: (input) => ({
      requestParameters: { snapshotId: text(input, 'SnapshotId'), force: false },
      responseElements: { _return: true },
      resources: [{ type: snapshotType, name: text(input, 'SnapshotId') }],
    }),
  },
};

type Made = Pick<Snapshot, 'volumeId' | 'sizeGiB' | 'encrypted' | 'kmsKeyId' | 'description' | 'tags'>;

function make({ state, scheduler, newId }: Account, it: Made): Snapshot {
  const made: Snapshot = { ...it, id: newId('snap'), startedAt: scheduler.now(), state: 'pending', lock: null };
  state.snapshots.set(made.id, made);
  scheduler.at(scheduler.now() + completeAfterMs, () => {
    made.state = 'completed';
  });
  return made;
}

function described({ description }: Account, it: Snapshot) {
  return {
    SnapshotId: it.id,
    VolumeId: it.volumeId,
    State: it.state,
    StartTime: new Date(it.startedAt),
    Encrypted: it.encrypted,
    VolumeSize: it.sizeGiB,
    OwnerId: description.account,
    Description: it.description,
    ...(it.kmsKeyId === null ? {} : { KmsKeyId: it.kmsKeyId }),
    Tags: tagList(it.tags),
  };
}

function snapshotOf({ state }: Account, input: Input, field: string): Snapshot {
  const id = text(input, field);
  const found = state.snapshots.get(id);
  if (found === undefined) throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  return found;
}

/** The account's own key for EBS, which cannot be shared. */
function defaultKey({ description: { partition, region, account } }: Account): string {
  return `arn:${partition}:kms:${region}:${account}:key/00000000-0000-4000-8000-0000000000eb`;
}

function aboutSnapshot(input: Input, output: Input | null, wrapper: string): Trace {
  const id = text(output ?? input, 'SnapshotId') || text(input, 'SourceSnapshotId');
  return {
    requestParameters: { [wrapper]: { ...input } },
    responseElements: null,
    resources: [{ type: snapshotType, name: id }],
  };
}
