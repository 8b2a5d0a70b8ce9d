import { createHash } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { NodeForensicsFacts } from '../../runbooks/node-forensics';
import { withCalls } from '../aws/observed-calls';
import { isTransient } from '../contract';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import type { Piece } from '../evidence';
import type { StoredObject } from '../store/incidents';
import { collectVolatileEvidence, type Progress } from './contract';
import {
  cancel,
  inSeconds,
  invocation,
  isOverdue,
  reachable,
  type Scene,
  type Step,
  secondsToBegin,
  send,
  systemOfNode,
  without,
} from './host';
import { uploadUrl } from './signed-url';

/** What can be had of any node. */
const allKinds = [
  'processes',
  'sockets',
  'network',
  'kernel',
  'services',
  'logins',
  'containers',
  'kubelet',
  'suspect-logs',
  'suspect-processes',
] as const;
type Kind = (typeof allKinds)[number] | 'settings';

/** Each system's script, and what it keeps: the kinds that it is given URLs for. */
const scripts = {
  linux: { file: 'linux.sh', name: 'Linux', kinds: allKinds },
  windows: { file: 'windows.ps1', name: 'Windows', kinds: allKinds },
  // The control container is all that commands reach there.
  bottlerocket: { file: 'bottlerocket.sh', name: 'Bottlerocket', kinds: ['settings', 'kernel'] },
} as const satisfies Record<string, { file: `${string}.${'sh' | 'ps1'}`; name: string; kinds: readonly Kind[] }>;

/** So long before the agent kills it a script stops collecting, and removes what it has written on the host. */
const secondsToTidyUp = 5;

/** What the script's end and the last upload may take longer than the plan has it. */
const graceSeconds = 30;

const mebibyte = 1_048_576;
/**
 * The logs of 20 pods are the most that a script brings. Who rules the host may put 5 GB to a URL, the reading of which would
 * take all the time that there is for the other kinds.
 */
const mostBytes = 256 * mebibyte;

/** What is not known is most likely a Linux of somebody's own making. */
function scriptFor(system: NodeForensicsFacts['system']): (typeof scripts)[keyof typeof scripts] {
  return scripts[system === 'unknown' ? 'linux' : system];
}

/** Sends the script of the node's system. */
export async function beginScript(scene: Scene): Promise<Step> {
  const { deps, settings, request, incidentId, instanceId, events } = scene;
  const node = await reachable(scene);
  if (typeof node === 'string') return without(scene, 'volatile evidence', node);
  const { file, name, kinds } = scriptFor(await systemOfNode(deps, node));
  const unavailable = allKinds.filter((kind) => !kinds.some((kept) => kept === kind));
  if (unavailable.length > 0) {
    await deps.store.incidents.noteProblem(
      incidentId,
      `volatile evidence of ${instanceId}: not available on ${name}: ${unavailable.join(', ')}`,
    );
  }
  const { evidenceBucket: bucket, region } = deps.configuration;
  const seconds = settings.volatileSeconds;
  // Long enough for the last upload, too short for anybody who finds the URL on the host later.
  const givenUpAfter = secondsToBegin + seconds + graceSeconds;
  const urls = kinds.map(async (kind): Promise<[string, string]> => {
    const key = keyOf(scene, events, kind);
    const to = { bucket, key, region, now: deps.now(), seconds: givenUpAfter };
    return [`PUT_${kind.toUpperCase().replaceAll('-', '_')}`, await uploadUrl(deps.aws.s3, to)];
  });
  const commandId = await send(
    scene,
    file,
    {
      ...Object.fromEntries(await Promise.all(urls)),
      SECONDS_MOST: String(seconds - secondsToTidyUp),
      SUSPECT_PIDS: (request?.processIds ?? []).join(' '),
      SUSPECT_PODS: (request?.pods ?? []).map(({ namespace, name }) => `${namespace}_${name}`).join(' '),
    },
    seconds,
  );
  const until = inSeconds(scene, givenUpAfter);
  return { progress: { step: 'script', commandId, until, events }, entries: 0 };
}

/** Enters what the script has brought, once it has ended or its time is up. */
export async function continueScript(scene: Scene, progress: Extract<Progress, { step: 'script' }>): Promise<Step> {
  const { deps, incidentId, instanceId, node } = scene;
  const { commandId, events } = progress;
  const { value: run, calls: looked } = await withCalls(() => invocation(scene, commandId));
  const { status, output, underWay } = run;
  if (underWay) {
    if (!isOverdue(scene, progress)) return { progress, entries: 0 };
    await cancel(scene, commandId);
  }
  const { kinds } = scriptFor(node === null ? 'unknown' : await systemOfNode(deps, node));
  const said = new Map(
    [...output.matchAll(/^kept ([a-z-]+) ([0-9a-f]{64})$/gm)].map(([, kind = '', hash = '']) => [kind, hash]),
  );
  const arrived: Piece[] = [];
  const missing: string[] = [];
  const notRead: string[] = [];
  for (const kind of kinds) {
    const { value: object, calls } = await withCalls(() => orWhyNot(() => stored(deps, keyOf(scene, events, kind))));
    if (object === null) missing.push(kind);
    else if (typeof object === 'string') notRead.push(`${kind} is not entered: ${object}`);
    else {
      const claimed = said.get(kind);
      const differs = claimed !== undefined && claimed !== object.sha256 ? '; its host names another SHA-256' : '';
      arrived.push({
        kind: `volatile-${kind}`,
        description: `${kind} of ${instanceId}, by the command ${commandId}${differs}`,
        object,
        calls: [...looked, ...calls],
      });
    }
  }
  const entries = await deps.evidence.enter(incidentId, arrived, collectVolatileEvidence.id);
  if (missing.length > 0) {
    const why = underWay ? 'did not come in time' : `did not arrive (the command ended ${status})`;
    await deps.store.incidents.noteProblem(
      incidentId,
      `volatile evidence of ${instanceId}: ${missing.join(', ')} ${why}`,
    );
  }
  for (const line of notRead)
    await deps.store.incidents.noteProblem(incidentId, `volatile evidence of ${instanceId}: ${line}`);
  return { progress: null, entries };
}

/** Each look of its own: a URL takes one object, and nothing may be refused because an earlier look has brought it. */
function keyOf({ incidentId, instanceId }: Scene, events: number, kind: string): string {
  return `incidents/${incidentId}/version-${events}/volatile/${instanceId}/${kind}.txt`;
}

/** Whatever one kind fails with is said of that kind alone. */
async function orWhyNot<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (isTransient(error)) throw error;
    return errorName(error);
  }
}

/**
 * The very version that arrived, by the bytes that are there: what the host says of it is another matter. Null where there is
 * none.
 */
async function stored({ aws, configuration }: Deps, key: string): Promise<StoredObject | null> {
  try {
    const { Body, VersionId, $metadata } = await aws.s3.send(
      new GetObjectCommand({ Bucket: configuration.evidenceBucket, Key: key }),
    );
    const digest = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw new Error(`what lies at ${key} is larger than ${mostBytes / mebibyte} MiB`);
      digest.update(chunk);
    }
    return {
      bucket: configuration.evidenceBucket,
      key,
      versionId: VersionId ?? '',
      sha256: digest.digest('hex'),
      sizeBytes,
      requestId: $metadata.requestId ?? null,
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return null;
    throw error;
  }
}
