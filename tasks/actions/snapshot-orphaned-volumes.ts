import { CreateSnapshotCommand, DescribeSnapshotsCommand, type Snapshot } from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import { filter } from '../aws/network';
import { clusterTouchesOf } from '../clusters/touches';
import { readOrphanedVolumes, readVolumes } from '../clusters/volumes';
import type { Action, ActionContext } from './action';

/** By this tag a snapshot says for which incident's sake it was made. */
const mark = 'eks-incident-response:orphan-of';

/**
 * Takes snapshots of the volumes that a deleted cluster left behind, before somebody tidies them away. It takes nothing from
 * anybody, so there is nothing to undo.
 */
export const snapshotOrphanedVolumes: Action = {
  id: 'snapshot-orphaned-volumes',
  description: 'Takes snapshots of the volumes that carry a deleted cluster’s tags and are attached to nothing',
  // A large volume's first snapshot takes an hour; that it has begun is what counts, and shows at once.
  takesSeconds: 900,
  permissions: {
    read: [readVolumes, { actions: ['ec2:DescribeSnapshots'], on: ['*'] }],
    write: [
      {
        actions: ['ec2:CreateSnapshot'],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`, `arn:\${Partition}:ec2:\${Region}::snapshot/*`],
      },
      {
        actions: ['ec2:CreateTags'],
        on: [`arn:\${Partition}:ec2:\${Region}::snapshot/*`],
        conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot' } },
      },
    ],
  },

  async propose(context, dossier) {
    const deleted = clusterTouchesOf(dossier).filter(
      ({ resource, kind }) => resource === 'cluster' && kind === 'deleted',
    );
    const changes: Change[] = [];
    for (const cluster of new Set(deleted.map((touch) => touch.cluster))) {
      for (const { VolumeId: id, Size } of await readOrphanedVolumes(context.aws.ec2, cluster)) {
        if (id === undefined || (await readSnapshot(context, id, cluster)) !== null) continue;
        changes.push({
          id: `snapshot-orphaned-volumes:${id}`,
          action: 'snapshot-orphaned-volumes',
          target: { type: 'AWS::EC2::Volume', id },
          before: { cluster, snapshot: false },
          after: { cluster, snapshot: true },
          line: `${id}: take a snapshot of ${Size ?? '?'} GiB that ${cluster} left behind`,
          reversible: true,
          knownFrom: 'event',
          owner: null,
          warnings: [],
        });
      }
    }
    return changes;
  },

  async present(context, { target, after }) {
    const cluster = clusterIn(after);
    return { cluster, snapshot: (await readSnapshot(context, target.id, cluster)) !== null };
  },

  async apply(context, { target, after }) {
    const cluster = clusterIn(after);
    if ((await readSnapshot(context, target.id, cluster)) !== null) return undefined;
    const { SnapshotId } = await context.aws.ec2.send(
      new CreateSnapshotCommand({
        VolumeId: target.id,
        Description: `Left behind by the EKS cluster ${cluster}`,
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: mark, Value: cluster }] }],
      }),
    );
    return SnapshotId === undefined ? undefined : { reference: SnapshotId };
  },

  async verify(context, { target, after }) {
    const snapshot = await readSnapshot(context, target.id, clusterIn(after));
    if (snapshot === null) return { state: 'failed', reason: `there is no snapshot of ${target.id}` };
    if (snapshot.State === 'error') {
      return { state: 'failed', reason: `${snapshot.SnapshotId ?? ''}: ${snapshot.StateMessage ?? 'error'}` };
    }
    // A snapshot holds what was on the volume when it was begun, however long the copying takes.
    return { state: 'done' };
  },

  undo: () => null,
};

async function readSnapshot({ aws }: ActionContext, volumeId: string, cluster: string): Promise<Snapshot | null> {
  const { Snapshots } = await aws.ec2.send(
    new DescribeSnapshotsCommand({
      OwnerIds: ['self'],
      Filters: [filter('volume-id', [volumeId]), filter(`tag:${mark}`, [cluster])],
    }),
  );
  return Snapshots?.[0] ?? null;
}

function clusterIn(side: Change['after']): string {
  return typeof side === 'object' && side !== null && 'cluster' in side ? String(side.cluster) : '';
}
