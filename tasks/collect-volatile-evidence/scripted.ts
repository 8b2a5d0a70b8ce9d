import { createHash } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { NodeForensicsFacts } from '../../runbooks/node-forensics';
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

/** What each script keeps: the kinds that it is given URLs for. */
const kindsOf = {
  linux: [
    'processes',
    'sockets',
    'network',
    'kernel',
    'logins',
    'containers',
    'kubelet',
    'suspect-logs',
    'suspect-processes',
  ],
  bottlerocket: ['settings', 'kernel'],
} as const;
type Scripted = keyof typeof kindsOf;

/** Long enough for the script, too short for anybody who finds the URL on the host later. */
const urlSeconds = 900;
/** What the script's end and the last upload may take longer than the plan has it. */
const graceSeconds = 30;

function scriptFor(system: NodeForensicsFacts['system']): Scripted | null {
  // What is not known is most likely a Linux of somebody's own making.
  if (system === 'unknown') return 'linux';
  return system === 'windows' ? null : system;
}

/** Sends the script of the node's system. */
export async function beginScript(scene: Scene): Promise<Step> {
  const { deps, settings, request, incidentId, instanceId } = scene;
  const node = await reachable(scene);
  if (typeof node === 'string') return without(scene, 'volatile evidence', node);
  const system = scriptFor(await systemOfNode(deps, node));
  if (system === null) return without(scene, 'volatile evidence', 'there is no script for its system');
  const { evidenceBucket: bucket, region } = deps.configuration;
  const urls = kindsOf[system].map(async (kind): Promise<[string, string]> => {
    const key = keyOf(incidentId, instanceId, kind);
    const to = { bucket, key, region, now: deps.now(), seconds: urlSeconds };
    return [`PUT_${kind.toUpperCase().replaceAll('-', '_')}`, await uploadUrl(deps.aws.s3, to)];
  });
  const seconds = settings.volatileSeconds;
  try {
    const commandId = await send(
      scene,
      `${system}.sh`,
      {
        ...Object.fromEntries(await Promise.all(urls)),
        SUSPECT_PIDS: (request?.processIds ?? []).join(' '),
        SUSPECT_PODS: (request?.pods ?? []).map(({ namespace, name }) => `${namespace}_${name}`).join(' '),
      },
      seconds,
    );
    const until = inSeconds(scene, secondsToBegin + seconds + graceSeconds);
    return { progress: { step: 'script', commandId, until }, entries: 0 };
  } catch (error) {
    return without(scene, 'volatile evidence', errorName(error));
  }
}

/** Enters what the script has brought, once it has ended or its time is up. */
export async function continueScript(scene: Scene, progress: Extract<Progress, { step: 'script' }>): Promise<Step> {
  const { deps, incidentId, instanceId, node } = scene;
  const { commandId } = progress;
  const { status, output, underWay } = await invocation(scene, commandId);
  if (underWay) {
    if (!isOverdue(scene, progress)) return { progress, entries: 0 };
    await cancel(scene, commandId);
  }
  const system = node === null ? null : scriptFor(await systemOfNode(deps, node));
  const said = new Map(
    [...output.matchAll(/^kept ([a-z-]+) ([0-9a-f]{64})$/gm)].map(([, kind = '', hash = '']) => [kind, hash]),
  );
  const arrived: Piece[] = [];
  const missing: string[] = [];
  for (const kind of kindsOf[system ?? 'linux']) {
    const object = await stored(deps, keyOf(incidentId, instanceId, kind));
    if (object === null) missing.push(kind);
    else {
      const claimed = said.get(kind);
      const differs = claimed !== undefined && claimed !== object.sha256 ? '; its host names another SHA-256' : '';
      arrived.push({
        kind: `volatile-${kind}`,
        description: `${kind} of ${instanceId}, by the command ${commandId}${differs}`,
        object,
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
  return { progress: null, entries };
}

function keyOf(incidentId: string, instanceId: string, kind: string): string {
  return `incidents/${incidentId}/volatile/${instanceId}/${kind}.txt`;
}

/** The very version that arrived, by the bytes that are there: what the host says of it is another matter. */
async function stored({ aws, configuration }: Deps, key: string): Promise<StoredObject | null> {
  try {
    const { Body, VersionId, $metadata } = await aws.s3.send(
      new GetObjectCommand({ Bucket: configuration.evidenceBucket, Key: key }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    return {
      bucket: configuration.evidenceBucket,
      key,
      versionId: VersionId ?? '',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
      requestId: $metadata.requestId ?? null,
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return null;
    throw error;
  }
}
