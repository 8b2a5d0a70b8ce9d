import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { filter } from '../aws/network';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { isOver, type Node, readNode, systemOf } from '../forensics/node';
import { instancesOf, nodeSettingsOf, requestOf } from '../forensics/request';
import { readDossier } from '../read-dossier';
import type { StoredObject } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { collectVolatileEvidence } from './contract';
import { withVariables } from './shell';
import { uploadUrl } from './upload-url';

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

export const task = defineTask(collectVolatileEvidence, async ({ incidentId, commandId, when, last }, deps) => {
  const { dossier } = await readDossier(deps, incidentId);
  const settings = nodeSettingsOf(dossier);
  const [instanceId] = instancesOf(dossier);
  const done = { state: 'done' as const, commandId, entries: 0 };
  if (settings.volatile !== when || instanceId === undefined) return done;
  const node = await readNode(deps.aws.ec2, instanceId);
  const without = async (why: string) => {
    await deps.store.incidents.noteProblem(incidentId, `no volatile evidence of ${instanceId}: ${why}`);
    return done;
  };
  if (node === null || isOver(node)) return commandId === null ? without('it has ended') : done;
  const system = await scripted(deps, node);
  if (system === null) return commandId === null ? without('there is no script for its system') : done;
  const prefix = `incidents/${incidentId}/volatile/${instanceId}`;

  if (commandId === null) {
    const agent = await agentOf(deps, instanceId);
    if (agent !== 'Online') return without(`its agent is ${agent.toLowerCase()}`);
    try {
      const request = requestOf(dossier);
      const sent = await send(deps, node, system, prefix, settings.volatileSeconds, {
        SUSPECT_PIDS: (request?.processIds ?? []).join(' '),
        SUSPECT_PODS: (request?.pods ?? []).map(({ namespace, name }) => `${namespace}_${name}`).join(' '),
      });
      return { state: 'pending' as const, commandId: sent, entries: 0 };
    } catch (error) {
      return without(errorName(error));
    }
  }

  const { status, output } = await progress(deps, commandId, instanceId);
  if (underWay.has(status)) {
    if (!last) return { state: 'pending' as const, commandId, entries: 0 };
    await deps.aws.ssm.send(new CancelCommandCommand({ CommandId: commandId, InstanceIds: [instanceId] }));
  }
  const said = new Map(
    [...output.matchAll(/^kept ([a-z-]+) ([0-9a-f]{64})$/gm)].map(([, kind = '', hash = '']) => [kind, hash]),
  );
  const arrived: { kind: string; description: string; object: StoredObject }[] = [];
  const missing: string[] = [];
  for (const kind of kindsOf[system]) {
    const object = await stored(deps, `${prefix}/${kind}.txt`);
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
    const why = underWay.has(status) ? 'did not come in time' : `did not arrive (the command ended ${status})`;
    await deps.store.incidents.noteProblem(
      incidentId,
      `volatile evidence of ${instanceId}: ${missing.join(', ')} ${why}`,
    );
  }
  return { state: 'done' as const, commandId, entries };
});

const underWay = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

async function scripted({ aws }: Deps, node: Node): Promise<Scripted | null> {
  const { Images } = await aws.ec2.send(new DescribeImagesCommand({ Filters: [filter('image-id', [node.imageId])] }));
  const system = systemOf(node, Images?.[0]?.Name ?? null);
  // What is not known is most likely a Linux of somebody's own making.
  if (system === 'unknown') return 'linux';
  return system === 'windows' ? null : system;
}

async function agentOf({ aws }: Deps, instanceId: string): Promise<string> {
  const { InstanceInformationList } = await aws.ssm.send(
    new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }),
  );
  return InstanceInformationList?.[0]?.PingStatus ?? 'absent';
}

async function send(
  deps: Deps,
  node: Node,
  system: Scripted,
  prefix: string,
  seconds: number,
  suspects: Readonly<Record<string, string>>,
): Promise<string> {
  const { evidenceBucket: bucket, region, scriptDirectory } = deps.configuration;
  const urls = kindsOf[system].map(
    async (kind): Promise<[string, string]> => [
      `PUT_${kind.toUpperCase().replaceAll('-', '_')}`,
      await uploadUrl(deps.aws.s3, { bucket, key: `${prefix}/${kind}.txt`, region, now: deps.now() }),
    ],
  );
  const script = readFileSync(join(scriptDirectory, `${system}.sh`), 'utf8');
  const { Command } = await deps.aws.ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [node.id],
      // For the agent to begin; once begun, `executionTimeout` holds. 30 s is the least that it takes.
      TimeoutSeconds: 30,
      Parameters: {
        commands: [withVariables(script, { ...Object.fromEntries(await Promise.all(urls)), ...suspects })],
        executionTimeout: [String(seconds)],
      },
    }),
  );
  return Command?.CommandId ?? '';
}

async function progress(
  { aws }: Deps,
  commandId: string,
  instanceId: string,
): Promise<{ status: string; output: string }> {
  try {
    const { Status, StandardOutputContent } = await aws.ssm.send(
      new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
    );
    return { status: Status ?? 'Pending', output: StandardOutputContent ?? '' };
  } catch (error) {
    // A command that was sent a moment ago is not everywhere yet.
    if (error instanceof Error && error.name === 'InvocationDoesNotExist') return { status: 'Pending', output: '' };
    throw error;
  }
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

export const handler = lambdaFunction(task);
