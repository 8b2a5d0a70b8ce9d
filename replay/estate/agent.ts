import { createHash } from 'node:crypto';
import type { Account } from './command';
import type { HostCommand, StoredVersion } from './state';

/** The agent of Systems Manager on a host: it hears of a command after so long. */
const heardAfterMs = 2_000;
const takesMemoryForMs = 90_000;
const uploadsAPartForMs = 8_000;

/** The agent needs the machine to run, credentials, and a way out to Systems Manager. */
export function agentOf(account: Account, instanceId: string): 'online' | 'offline' | 'absent' {
  const { description, state } = account;
  const installed = description.instances.find(({ id }) => id === instanceId)?.agent ?? 'absent';
  if (installed !== 'online') return installed;
  const it = state.instances.get(instanceId);
  return it?.state === 'running' && it.profile !== null && hasWayOut(account, instanceId) ? 'online' : 'offline';
}

/** Runs a command as the script in it would go. What is not heard of in time, or does not end in time, times out. */
export function hear(
  account: Account,
  command: HostCommand,
  seconds: { readonly toBegin: number; readonly toEnd: number },
): void {
  const { scheduler } = account;
  const timesOut = (status: string) => () => {
    if (command.status === status) command.status = 'TimedOut';
  };
  scheduler.at(scheduler.now() + heardAfterMs, () => {
    if (command.status !== 'Pending' || agentOf(account, command.instanceId) !== 'online') return;
    command.status = 'InProgress';
    const does = deedOf(account, command);
    scheduler.at(scheduler.now() + seconds.toEnd * 1_000, timesOut('InProgress'));
    if (does === null) return;
    scheduler.at(scheduler.now() + does.forMs, () => {
      if (command.status !== 'InProgress') return;
      if (!hasWayOut(account, command.instanceId)) {
        command.status = 'TimedOut';
        return;
      }
      const lines = does.ends();
      command.output = lines.map((line) => `${line}\n`).join('');
      command.status = lines.some((line) => line.startsWith('failed ')) ? 'Failed' : 'Success';
    });
  });
  scheduler.at(scheduler.now() + seconds.toBegin * 1_000, timesOut('Pending'));
}

function hasWayOut({ state }: Account, instanceId: string): boolean {
  const groups = [...state.interfaces.values()]
    .filter((it) => it.instanceId === instanceId)
    .flatMap((it) => it.groupIds);
  return [...state.rules.values()].some(
    ({ groupId, egress, protocol, from, to }) =>
      egress &&
      groups.includes(groupId) &&
      (protocol === '-1' || (protocol === 'tcp' && (from ?? 0) <= 443 && (to ?? 65_535) >= 443)),
  );
}

/** How long a script runs, and what it has printed in the end. */
interface Deed {
  readonly forMs: number;
  readonly ends: () => string[];
}

/** What a script of ours does; null: it never ends. */
function deedOf(account: Account, command: HostCommand): Deed | null {
  const { instanceId } = command;
  const host = account.description.instances.find(({ id }) => id === instanceId);
  const { parts = 1, fails = null } = host?.memory ?? {};
  const folder = `${instanceId}:${variable(command, 'FOLDER')}`;
  switch (variable(command, 'STEP')) {
    case 'take':
      if (fails === 'hangs') return null;
      return { forMs: takesMemoryForMs, ends: () => takeMemory(account, command, folder, parts, fails) };
    case 'upload': {
      const wanted = variable(command, 'PARTS').split('\n');
      return {
        forMs: wanted.length * uploadsAPartForMs,
        ends: () => wanted.map((line) => uploadPart(account, folder, line, fails)),
      };
    }
    case 'remove':
      return {
        forMs: 0,
        ends: () => {
          account.state.hostFolders.delete(folder);
          return [];
        },
      };
    default:
      return { forMs: (host?.collectsForSeconds ?? 12) * 1_000, ends: () => collect(account, command) };
  }
}

/** What a script finds goes to the URLs that it was given, each of which takes one object. */
function collect({ state, scheduler, newId }: Account, command: HostCommand): string[] {
  return [...command.text.matchAll(/^\$?PUT_([A-Z_]+) ?= ?'(https:[^']+)'$/gm)].map(([, name = '', url = '']) => {
    const kind = name.toLowerCase().replaceAll('_', '-');
    const key = keyIn(url);
    if (isExpired(url, scheduler.now()) || state.objects.some((it) => it.key === key)) return `lost ${kind}`;
    const body = `${kind} of ${command.instanceId}\n`;
    state.objects.push({
      key,
      versionId: newId('v'),
      body,
      // The bucket's default retention.
      lockedUntil: new Date(scheduler.now() + 365 * 86_400_000).toISOString(),
      at: new Date(scheduler.now()).toISOString(),
    });
    return `kept ${kind} ${sha256(body, 'hex')}`;
  });
}

/** AVML's image: text, so that a rehearsal's evidence can be read, in as many parts as the estate has it. */
function takeMemory(
  { state, scheduler }: Account,
  command: HostCommand,
  folder: string,
  parts: number,
  fails: string | null,
): string[] {
  const url = variable(command, 'GET_BINARY');
  const key = keyIn(url);
  const binary = state.objects.findLast((it: StoredVersion) => it.key === key);
  if (fails === 'no-room') return ['failed room'];
  if (binary === undefined || isExpired(url, scheduler.now())) return ['failed download'];
  if (sha256(binary.body, 'hex') !== variable(command, 'BINARY_SHA256')) return ['failed hash'];
  if (fails === 'taking') return ['failed avml'];
  const image = Array.from(
    { length: parts },
    (_, index) => `part ${index + 1} of the memory of ${command.instanceId}\n`,
  );
  state.hostFolders.set(folder, image);
  return ['taken 64', ...image.map((part, index) => `part ${index + 1} ${part.length} ${sha256(part, 'hex')}`)];
}

/** S3 takes a part with the checksum that is signed into its URL, and no other. */
function uploadPart({ state, scheduler }: Account, folder: string, line: string, fails: string | null): string {
  const [number = '', checksum = '', url = 'https://nowhere'] = line.split(' ');
  const signed = new URL(url).searchParams;
  const upload = state.uploads.get(signed.get('uploadId') ?? '');
  const body = state.hostFolders.get(folder)?.[Number(number) - 1];
  const fits =
    upload !== undefined &&
    body !== undefined &&
    !isExpired(url, scheduler.now()) &&
    sha256(body, 'base64') === checksum &&
    signed.get('partNumber') === number &&
    signed.get('X-Amz-SignedHeaders') === 'host;x-amz-checksum-sha256';
  if (!fits || (fails === 'a-part-is-lost' && number === '2')) return `lost ${number}`;
  upload.parts.set(Number(number), body);
  return `kept ${number}`;
}

/** A variable that was set in front of a shell's script; empty where it was not. */
function variable({ text }: HostCommand, name: string): string {
  return new RegExp(`^${name}='([^']*)'$`, 'm').exec(text)?.[1] ?? '';
}

function keyIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/** S3 refuses what comes after a signed URL's time, by when it was signed and for how long. */
function isExpired(url: string, now: number): boolean {
  const signed = new URL(url).searchParams;
  const at = (signed.get('X-Amz-Date') ?? '').replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return now > Date.parse(at) + Number(signed.get('X-Amz-Expires')) * 1_000;
}

function sha256(text: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(text).digest(encoding);
}
