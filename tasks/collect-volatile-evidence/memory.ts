import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  type Part,
} from '@aws-sdk/client-s3';
import { type EvidencePart, type ManifestEntry, sha256OfParts } from '../../runbooks/evidence';
import { isTransient } from '../contract';
import { errorName } from '../errors';
import { isOver } from '../forensics/node';
import { collectVolatileEvidence, type Progress } from './contract';
import {
  cancel,
  inSeconds,
  invocation,
  isOverdue,
  over,
  reachable,
  type Scene,
  type Step,
  secondsToBegin,
  send,
  systemOfNode,
  without,
} from './host';
import { downloadUrl, partUrl } from './signed-url';

const script = 'memory.sh';
const memoryKind = 'volatile-memory';

/**
 * S3 takes parts of 5 MiB to 5 GiB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html); the lines of so many
 * fit into the 24,000 characters of a command's output that Systems Manager hands out.
 */
const mostParts = 100;
const leastPartMiB = 64;
const mostPartMiB = 5_120;
/** A signed URL takes about 2,000 characters, a command's document 64 KB: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const partsAtATime = 10;

type Taken = Extract<Progress, { step: 'memory-is-taken' }>;
type Uploaded = Extract<Progress, { step: 'memory-is-uploaded' }>;

/** Why a host took no memory, by what the script prints. */
const reasons: Readonly<Record<string, string>> = {
  system: 'AVML is run on Amazon Linux 2, Amazon Linux 2023 and Ubuntu alone',
  folder: 'it has no folder of its own for the image',
  size: 'it has more than can be uploaded in parts',
  room: 'its disk has too little room for the image',
  download: 'the binary could not be fetched from the evidence bucket',
  hash: 'the binary in the evidence bucket has another SHA-256 than the plan names, and was not run',
  lockdown: 'its kernel lets nobody read its memory',
  avml: 'AVML failed on it',
};

/** Has the host fetch AVML, hold it against its hash and take the memory, where the plan wants it. */
export async function beginMemory(scene: Scene): Promise<Step> {
  const { memory } = scene.settings;
  if (memory === null) return over;
  const entries = await scene.deps.store.chain.entries(scene.incidentId);
  // An event that joins has everything looked at once more; of the memory there is one image.
  if (entries.some(({ kind }) => kind === memoryKind)) return over;
  const waits = otherEvidenceFirst(scene, entries);
  if (waits !== null) return { progress: waits, entries: 0 };
  const node = await reachable(scene);
  if (typeof node === 'string') return without(scene, 'memory', node);
  const { deps, incidentId } = scene;
  const system = await systemOfNode(deps, node);
  if (system === 'bottlerocket' || system === 'windows') {
    return without(scene, 'memory', `it is not available on ${system === 'windows' ? 'Windows' : 'Bottlerocket'}`);
  }
  const binary = memory.avml[node.architecture];
  if (binary === null) return without(scene, 'memory', `the plan names no AVML for ${node.architecture}`);
  const { evidenceBucket: bucket, region } = deps.configuration;
  const { seconds } = memory;
  const commandId = await send(
    scene,
    script,
    {
      STEP: 'take',
      FOLDER: folderOf(incidentId),
      GET_BINARY: await downloadUrl(deps.aws.s3, { bucket, key: binary.key, region, now: deps.now(), seconds }),
      BINARY_SHA256: binary.sha256,
      MOST_PARTS: String(mostParts),
      LEAST_PART_MIB: String(leastPartMiB),
      MOST_PART_MIB: String(mostPartMiB),
    },
    seconds,
  );
  return { progress: { step: 'memory-is-taken', commandId, until: inSeconds(scene, seconds) }, entries: 0 };
}

/** Where the plan has the script come before isolation, it runs beside this: memory waits until it has, or must have, ended. */
function otherEvidenceFirst(scene: Scene, entries: readonly ManifestEntry[]): Progress | null {
  const { openedAt, settings } = scene;
  if (settings.volatile !== 'before-isolation') return null;
  const latest = Date.parse(openedAt) + (settings.volatileSeconds + 2 * secondsToBegin) * 1_000;
  const until = new Date(latest).toISOString();
  const ended = entries.some(({ collectedBy }) => collectedBy === collectVolatileEvidence.id);
  return ended || isOverdue(scene, { until }) ? null : { step: 'memory-waits', until };
}

/** Looks what has become of it. Whatever fails, the response goes on without. */
export async function continueMemory(scene: Scene, progress: Taken | Uploaded): Promise<Step> {
  try {
    if (scene.node === null || isOver(scene.node)) return await giveUp(scene, progress, 'it has ended');
    const { status, output, underWay } = await invocation(scene, progress.commandId);
    if (underWay) {
      if (!isOverdue(scene, progress)) return { progress, entries: 0 };
      await cancel(scene, progress.commandId);
      return await giveUp(scene, progress, 'it did not come in time');
    }
    return progress.step === 'memory-is-taken'
      ? await taken(scene, progress, status, output)
      : await uploaded(scene, progress);
  } catch (error) {
    // AWS was busy: there is another look.
    const again = isTransient(error);
    return again && !isOverdue(scene, progress) ? { progress, entries: 0 } : giveUp(scene, progress, errorName(error));
  }
}

interface Image {
  /** What every part but the last takes. */
  readonly partMiB: number;
  readonly parts: readonly EvidencePart[];
}

/** What a host says of the image that it took: text of whoever rules the host, so nothing else than this is believed. */
function imageIn(output: string): Image | null {
  const partMiB = Number(/^taken (\d{1,4})$/m.exec(output)?.[1] ?? 0);
  const parts = [...output.matchAll(/^part (\d{1,3}) (\d{1,10}) ([0-9a-f]{64})$/gm)].map(
    ([, number, sizeBytes, sha256 = '']) => ({ number: Number(number), sizeBytes: Number(sizeBytes), sha256 }),
  );
  const inOrder = parts.every(
    ({ number, sizeBytes }, index) => number === index + 1 && sizeBytes > 0 && sizeBytes <= partMiB * 1_048_576,
  );
  return partMiB > 0 && partMiB <= mostPartMiB && parts.length > 0 && parts.length <= mostParts && inOrder
    ? { partMiB, parts }
    : null;
}

async function taken(scene: Scene, progress: Taken, status: string, output: string): Promise<Step> {
  const { deps, incidentId, instanceId } = scene;
  const image = imageIn(output);
  if (image === null || status !== 'Success') {
    const reason = reasons[/^failed ([a-z]+)$/m.exec(output)?.[1] ?? ''];
    return giveUp(scene, progress, reason ?? `the command that takes it ended ${status}`);
  }
  const uploadId = await deps.evidence.openUpload(keyOf(incidentId, instanceId));
  const opened = {
    ...progress,
    step: 'memory-is-uploaded' as const,
    takenBy: progress.commandId,
    uploadId,
    arrived: 0,
  };
  try {
    return await sendParts(scene, opened, image, image.parts);
  } catch (error) {
    return giveUp(scene, opened, errorName(error));
  }
}

/** Has the host upload the next parts. */
async function sendParts(
  scene: Scene,
  progress: Uploaded,
  image: Image,
  missing: readonly EvidencePart[],
): Promise<Step> {
  const { deps, incidentId, instanceId } = scene;
  const { evidenceBucket: bucket, region } = deps.configuration;
  const now = deps.now();
  const seconds = Math.ceil((Date.parse(progress.until) - now.getTime()) / 1_000);
  if (seconds <= 0) return giveUp(scene, progress, 'it did not come in time');
  const to = { bucket, key: keyOf(incidentId, instanceId), region, now, seconds };
  const lines = missing.slice(0, partsAtATime).map(async ({ number, sha256 }) => {
    const checksum = base64(sha256);
    return `${number} ${checksum} ${await partUrl(deps.aws.s3, to, { uploadId: progress.uploadId, number, checksum })}`;
  });
  const commandId = await send(
    scene,
    script,
    {
      STEP: 'upload',
      FOLDER: folderOf(incidentId),
      PART_MIB: String(image.partMiB),
      PARTS: (await Promise.all(lines)).join('\n'),
    },
    seconds,
  );
  return {
    progress: { ...progress, commandId, arrived: image.parts.length - missing.length },
    entries: 0,
  };
}

/** Sends for what is missing as long as every command brings something, and completes the image when all is there. */
async function uploaded(scene: Scene, progress: Uploaded): Promise<Step> {
  const { deps, incidentId, instanceId } = scene;
  const { uploadId, takenBy } = progress;
  const image = imageIn((await invocation(scene, takenBy)).output);
  if (image === null) return giveUp(scene, progress, 'what it consists of is no longer known');
  const at = { Bucket: deps.configuration.evidenceBucket, Key: keyOf(incidentId, instanceId), UploadId: uploadId };
  const { Parts = [] } = await deps.aws.s3.send(new ListPartsCommand({ ...at, MaxParts: mostParts }));
  const arrived = new Map(Parts.map((part) => [part.PartNumber, part]));
  const missing = image.parts.filter((part) => !isThe(part, arrived.get(part.number)));
  const count = image.parts.length - missing.length;
  if (missing.length > 0) {
    return count > progress.arrived
      ? sendParts(scene, progress, image, missing)
      : giveUp(scene, progress, `${missing.length} of ${image.parts.length} part(s) did not arrive`);
  }
  const { VersionId, ChecksumSHA256, $metadata } = await deps.aws.s3.send(
    new CompleteMultipartUploadCommand({
      ...at,
      MultipartUpload: {
        Parts: image.parts.map(({ number, sha256 }) => ({
          PartNumber: number,
          ETag: arrived.get(number)?.ETag,
          ChecksumSHA256: base64(sha256),
        })),
      },
    }),
  );
  const sha256 = sha256OfParts(image.parts);
  const { length } = image.parts;
  if (ChecksumSHA256 !== undefined && ChecksumSHA256 !== `${base64(sha256)}-${length}`) {
    await without(scene, 'intact memory', `S3 names another checksum than its parts have: ${ChecksumSHA256}`);
  }
  const entries = await deps.evidence.enter(
    incidentId,
    [
      {
        kind: memoryKind,
        description: `the memory of ${instanceId} in AVML’s compressed format, in ${length} part(s), by the command ${takenBy}`,
        object: {
          bucket: at.Bucket,
          key: at.Key,
          versionId: VersionId ?? '',
          sha256,
          sizeBytes: image.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
          requestId: $metadata.requestId ?? null,
          parts: [...image.parts],
        },
      },
    ],
    collectVolatileEvidence.id,
  );
  await removeImage(scene);
  return { progress: null, entries };
}

/** Whether S3 has this very part, by the checksum that it has verified. */
function isThe({ sizeBytes, sha256 }: EvidencePart, found: Part | undefined): boolean {
  return found !== undefined && found.Size === sizeBytes && found.ChecksumSHA256 === base64(sha256);
}

/** Leaves nothing behind: no parts in the bucket, where they would be paid for, and no image on the host. */
async function giveUp(scene: Scene, progress: Taken | Uploaded, why: string): Promise<Step> {
  const { deps, incidentId, instanceId } = scene;
  if (progress.step === 'memory-is-uploaded') {
    const Bucket = deps.configuration.evidenceBucket;
    const Key = keyOf(incidentId, instanceId);
    try {
      await deps.aws.s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: progress.uploadId }));
    } catch (error) {
      await without(scene, 'end to the upload of the memory', errorName(error));
    }
  }
  await removeImage(scene);
  return without(scene, 'memory', why);
}

async function removeImage(scene: Scene): Promise<void> {
  const { incidentId, node } = scene;
  if (node === null || isOver(node)) return;
  const folder = folderOf(incidentId);
  try {
    await send(scene, script, { STEP: 'remove', FOLDER: folder }, secondsToBegin);
  } catch (error) {
    await without(scene, `removal of ${folder}`, errorName(error));
  }
}

function keyOf(incidentId: string, instanceId: string): string {
  return `incidents/${incidentId}/volatile/${instanceId}/memory.lime`;
}

/** Where programs may be run, which a hardened host forbids below /tmp and /var/tmp. */
function folderOf(incidentId: string): string {
  return `/var/lib/eks-incident-response-${incidentId}`;
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
