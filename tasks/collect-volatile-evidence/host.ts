import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import type { NodeForensicsFacts, NodeForensicsRequest, NodeForensicsSettings } from '../../runbooks/node-forensics';
import { filter } from '../aws/network';
import { isTransient } from '../contract';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { isOver, type Node, systemOf } from '../forensics/node';
import type { Progress } from './contract';
import { powerShell, shell, withVariables } from './script';

/** A node, and what is wanted of it. */
export interface Scene {
  readonly deps: Deps;
  readonly incidentId: string;
  /** When the incident was opened. */
  readonly openedAt: string;
  /** How many events it has by now. */
  readonly events: number;
  readonly settings: NodeForensicsSettings;
  readonly request: NodeForensicsRequest | null;
  readonly instanceId: string;
  /** Null where AWS no longer knows it. */
  readonly node: Node | null;
  /** Whether nobody will look again. */
  readonly last: boolean;
}

/** What was found, and what is looked at next; null where there is nothing more. */
export interface Step {
  readonly progress: Progress | null;
  readonly entries: number;
}
export const over: Step = { progress: null, entries: 0 };

/** For the agent to begin; once begun, `executionTimeout` holds. 30 s is the least that Systems Manager takes. */
export const secondsToBegin = 30;

/** Enters why there is none of a kind of evidence. */
export async function without({ deps, incidentId, instanceId }: Scene, what: string, why: string): Promise<Step> {
  await deps.store.incidents.noteProblem(incidentId, `no ${what} of ${instanceId}: ${why}`);
  return over;
}

/** Takes a step; what it fails with is why there is none of its evidence. Where AWS was busy it is taken again. */
export async function orWithout(scene: Scene, what: string, take: () => Promise<Step>): Promise<Step> {
  try {
    return await take();
  } catch (error) {
    if (isTransient(error)) throw error;
    return without(scene, what, errorName(error));
  }
}

export async function systemOfNode({ aws }: Deps, node: Node): Promise<NodeForensicsFacts['system']> {
  const { Images } = await aws.ec2.send(new DescribeImagesCommand({ Filters: [filter('image-id', [node.imageId])] }));
  return systemOf(node, Images?.[0]?.Name ?? null);
}

/** The node, where its agent would hear of a command; a sentence otherwise. */
export async function reachable({ deps: { aws }, instanceId, node }: Scene): Promise<Node | string> {
  if (node === null || isOver(node)) return 'it has ended';
  const { InstanceInformationList } = await aws.ssm.send(
    new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }),
  );
  const agent = InstanceInformationList?.[0]?.PingStatus ?? 'absent';
  return agent === 'Online' ? node : `its agent is ${agent.toLowerCase()}`;
}

/** By which document of AWS's the agent runs a script, and in which language. */
const runBy = {
  sh: { document: 'AWS-RunShellScript', language: shell },
  ps1: { document: 'AWS-RunPowerShellScript', language: powerShell },
} as const;
type Script = `${string}.${keyof typeof runBy}`;

/** Has the agent run a script of ours, the variables set in front of it. Answers the command's id. */
export async function send(
  { deps, instanceId }: Scene,
  script: Script,
  variables: Readonly<Record<string, string>>,
  seconds: number,
): Promise<string> {
  const { document, language } = runBy[script.endsWith('.ps1') ? 'ps1' : 'sh'];
  const text = readFileSync(join(deps.configuration.scriptDirectory, script), 'utf8');
  const { Command } = await deps.aws.ssm.send(
    new SendCommandCommand({
      DocumentName: document,
      InstanceIds: [instanceId],
      TimeoutSeconds: secondsToBegin,
      Parameters: { commands: [withVariables(language, text, variables)], executionTimeout: [String(seconds)] },
    }),
  );
  return Command?.CommandId ?? '';
}

const underWay = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

interface Invocation {
  readonly status: string;
  /** What the host printed, the first 24,000 characters of it: written by whoever rules the host. */
  readonly output: string;
  readonly underWay: boolean;
}

export async function invocation({ deps: { aws }, instanceId }: Scene, commandId: string): Promise<Invocation> {
  try {
    const { Status = 'Pending', StandardOutputContent = '' } = await aws.ssm.send(
      new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
    );
    return { status: Status, output: StandardOutputContent, underWay: underWay.has(Status) };
  } catch (error) {
    // A command that was sent a moment ago is not everywhere yet.
    if (error instanceof Error && error.name === 'InvocationDoesNotExist') {
      return { status: 'Pending', output: '', underWay: true };
    }
    throw error;
  }
}

/** Where it cannot be cancelled it ends by itself, when its time is up: what it has brought is there all the same. */
export async function cancel(scene: Scene, commandId: string): Promise<void> {
  const { deps, instanceId } = scene;
  await orWithout(scene, `end to the command ${commandId}`, async () => {
    await deps.aws.ssm.send(new CancelCommandCommand({ CommandId: commandId, InstanceIds: [instanceId] }));
    return over;
  });
}

export function isOverdue({ deps, last }: Scene, { until }: Pick<Progress, 'until'>): boolean {
  return last || deps.now().toISOString() >= until;
}

/** So many seconds from now, ISO 8601. */
export function inSeconds({ deps }: Scene, seconds: number): string {
  return new Date(deps.now().getTime() + seconds * 1_000).toISOString();
}
