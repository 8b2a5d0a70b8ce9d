import {
  CopySnapshotCommand,
  CreateSnapshotsCommand,
  type CreateSnapshotsCommandInput,
  DescribeSnapshotsCommand,
  type EC2Client,
  LockSnapshotCommand,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { filter } from '../aws/network';
import { errorName } from '../errors';

/** On every snapshot, and on its copy: the incident that had it taken. */
export const incidentTag = 'eks-incident-response/incident';
const instanceTag = 'eks-incident-response/instance';
/** On a copy: which snapshot it is of. */
export const sourceTag = 'eks-incident-response/copy-of';

/** A snapshot as evidence knows it. */
export interface KeptSnapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly state: string;
  readonly startedAt: string | null;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  readonly sizeGiB: number;
  /** The snapshot that it is a copy of. */
  readonly copyOf: string | null;
}

function kept(it: Snapshot): KeptSnapshot {
  return {
    id: it.SnapshotId ?? '',
    volumeId: it.VolumeId ?? '',
    state: it.State ?? '',
    startedAt: it.StartTime?.toISOString() ?? null,
    encrypted: it.Encrypted ?? false,
    kmsKeyId: it.KmsKeyId ?? null,
    sizeGiB: it.VolumeSize ?? 0,
    copyOf: it.Tags?.find(({ Key }) => Key === sourceTag)?.Value ?? null,
  };
}

/** The snapshots of one incident. */
export async function readSnapshots(ec2: EC2Client, incidentId: string): Promise<KeptSnapshot[]> {
  return (await described(ec2, incidentTag, incidentId)).map(kept);
}

async function described(ec2: EC2Client, tag: string, value: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSnapshotsCommand({
        OwnerIds: ['self'],
        Filters: [filter(`tag:${tag}`, [value])],
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    found.push(...(page.Snapshots ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found.sort((a, b) => ((a.SnapshotId ?? '') < (b.SnapshotId ?? '') ? -1 : 1));
}

/** What incidents have kept of an instance's volumes since a moment (ISO 8601), and which; without the copies, which name a volume that never was. */
export async function snapshotsOfInstance(
  ec2: EC2Client,
  instanceId: string,
  since: string,
): Promise<(KeptSnapshot & { readonly incidentId: string })[]> {
  const all = await described(ec2, instanceTag, instanceId);
  return all.flatMap((it) => {
    const incidentId = it.Tags?.find(({ Key }) => Key === incidentTag)?.Value;
    const inTime = (it.StartTime?.getTime() ?? 0) >= Date.parse(since);
    return incidentId === undefined || !inTime ? [] : [{ ...kept(it), incidentId }];
  });
}

/**
 * One point in time of all volumes of an instance, at the moment at which this returns: what happens on the node from then
 * on is not in it. Once for each incident.
 */
export async function requestSnapshots(
  ec2: EC2Client,
  incidentId: string,
  instanceId: string,
  requestHash: string,
): Promise<KeptSnapshot[]> {
  const known = await readSnapshots(ec2, incidentId);
  if (known.length > 0) return known;
  const tags = { [incidentTag]: incidentId, [instanceTag]: instanceId, 'eks-incident-response/request': requestHash };
  const wanted: CreateSnapshotsCommandInput = {
    InstanceSpecification: { InstanceId: instanceId, ExcludeBootVolume: false },
    Description: `${incidentId}: ${instanceId}`.slice(0, 255),
    TagSpecifications: [
      { ResourceType: 'snapshot', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    ],
  };
  const { Snapshots } = await unlessTooManyTags(
    () => ec2.send(new CreateSnapshotsCommand({ ...wanted, CopyTagsFromSource: 'volume' })),
    () => ec2.send(new CreateSnapshotsCommand(wanted)),
  );
  return (Snapshots ?? [])
    .map(({ SnapshotId = '', VolumeId = '', State = '', StartTime, Encrypted = false, VolumeSize = 0 }) => ({
      id: SnapshotId,
      volumeId: VolumeId,
      state: State,
      startedAt: StartTime?.toISOString() ?? null,
      encrypted: Encrypted,
      kmsKeyId: null,
      sizeGiB: VolumeSize,
      copyOf: null,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A resource takes 50 tags: whoever gives a volume that many keeps nobody from a snapshot. Its tags are in the evidence anyway. */
async function unlessTooManyTags<T>(withThem: () => Promise<T>, without: () => Promise<T>): Promise<T> {
  try {
    return await withThem();
  } catch (error) {
    if (error instanceof Error && error.name === 'TagLimitExceeded') return without();
    throw error;
  }
}

/** Nobody deletes them before their time; it holds for snapshots that are not complete yet as well. Answers what failed. */
export async function lockSnapshots(ec2: EC2Client, ids: readonly string[], days: number): Promise<string[]> {
  const locks = ids.map(async (id) => {
    try {
      await ec2.send(new LockSnapshotCommand({ SnapshotId: id, LockMode: 'governance', LockDuration: days }));
      return [];
    } catch (error) {
      // Asked for again: the lock that it has is the one that was wanted.
      if (error instanceof Error && error.name === 'SnapshotLockAlreadyLocked') return [];
      return [`${id} is not locked: ${errorName(error)}`];
    }
  });
  return (await Promise.all(locks)).flat();
}

/**
 * Copies a snapshot under the evidence key: those under the account's default key can be shared with nobody. Answers the
 * copy's id.
 */
export async function copySnapshot(
  ec2: EC2Client,
  incidentId: string,
  source: KeptSnapshot,
  { region, evidenceKeyArn }: { readonly region: string; readonly evidenceKeyArn: string },
): Promise<string> {
  const tags = { [incidentTag]: incidentId, [sourceTag]: source.id };
  const { SnapshotId } = await ec2.send(
    new CopySnapshotCommand({
      SourceRegion: region,
      SourceSnapshotId: source.id,
      Encrypted: true,
      KmsKeyId: evidenceKeyArn,
      Description: `${incidentId}: copy of ${source.id}`.slice(0, 255),
      TagSpecifications: [
        { ResourceType: 'snapshot', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  return SnapshotId ?? '';
}
