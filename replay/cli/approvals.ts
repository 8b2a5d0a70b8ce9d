import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { input } from '@inquirer/prompts';
import * as z from 'zod';
import { decisionFunctionName } from '../../tasks/answer-slack/contract';
import {
  bindingOf,
  type CommandLineRequest,
  type ListedApproval,
  listedApproval,
} from '../../tasks/answer-slack/from-command-line';
import { proveCaller, stsUrl } from '../../tasks/aws/caller';
import { serviceHost } from '../../tasks/aws/service-host';
import { type AwsCredentials, signedHeaders } from '../../tasks/aws/signature-v4';
import { BadInput } from './bad-input';

/** Where the decision handler is, and with whose credentials it is called. */
export interface Access {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** Another address than Lambda's own: for rehearsals. */
  readonly endpoint?: string | undefined;
  readonly function?: string | undefined;
}

const answer = z.object({ statusCode: z.number(), body: z.string().default('{}') });
const said = z.object({ message: z.string().default(''), approvals: z.array(listedApproval).default([]) });

/** Lists what waits for a decision. Answers the exit status. */
export async function listApprovals(access: Access, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const approvals = await list(access);
  if (json) print(JSON.stringify({ approvals }, null, 2));
  else if (approvals.length === 0) print('Nothing waits for a decision.');
  else for (const approval of approvals) print(described(approval));
  return 0;
}

/**
 * Decides at the command line, through the same handler and by the same rules as in Slack. `shown` is the hash of what was
 * read, or the first twelve or more digits of it: another hash is refused. Answers the exit status.
 */
export async function decide(
  access: Access,
  what: { command: 'approve' | 'reject'; approval: string; shown: string; reason?: string },
  print: (text: string) => void,
): Promise<0 | 1> {
  const { command, approval, reason } = what;
  if (!/^[0-9a-f]{12,64}$/.test(what.shown)) {
    throw new BadInput(`--shown ${what.shown}: it must be the hash that approvals list prints, or its first 12 digits`);
  }
  const asked = (await list(access)).find(({ id }) => id === approval);
  if (asked === undefined)
    throw new BadInput(`${approval}: no such question waits; approvals list prints those that do`);
  if (!asked.shown.startsWith(what.shown)) {
    throw new BadInput(`--shown ${what.shown}: ${approval} is about ${asked.shown.slice(0, 12)} now; read it again`);
  }
  const decision = { command, approval, shown: asked.shown };
  const region = regionOf(access);
  const url = stsUrl(region);
  const proof = proveCaller(bindingOf(decision), await credentials(access), { url, region }, new Date());
  const base = { kind: 'command-line' as const, approval, shown: asked.shown, proof };
  const { statusCode, body } = await invoke(
    access,
    command === 'reject' ? { ...base, command, reason: reason ?? '' } : { ...base, command },
  );
  print(said.parse(JSON.parse(body)).message);
  return statusCode === 200 ? 0 : 1;
}

async function list(access: Access): Promise<ListedApproval[]> {
  const { body } = await invoke(access, { kind: 'command-line', command: 'list' });
  return said.parse(JSON.parse(body)).approvals;
}

function described(it: ListedApproval): string {
  const { id, severity, incidentId, purpose, round, deadline, needed, approvedBy, onSilence, shown, because } = it;
  const silence = onSilence === 'apply' ? 'it is applied' : 'everything is left as it is';
  return [
    `${id}  ${severity ?? 'unknown'}  ${incidentId}`,
    `  ${because ?? ''}`,
    `  to ${purpose}, round ${round}: ${approvedBy.length} of ${needed} approvals; until ${deadline}, then ${silence}`,
    ...it.changes.map(({ line, reversible }) => `  • ${line}${reversible ? '' : '  CANNOT BE UNDONE'}`),
    `  --shown ${shown.slice(0, 12)}`,
  ].join('\n');
}

/** Invokes the decision handler, as IAM allows those who may decide. */
async function invoke(access: Access, request: CommandLineRequest): Promise<z.infer<typeof answer>> {
  const region = regionOf(access);
  const name = access.function ?? decisionFunctionName;
  const base = access.endpoint ?? `https://${serviceHost('lambda', region)}`;
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, base);
  const body = JSON.stringify(request);
  const unsigned = { method: 'POST' as const, url, headers: { 'content-type': 'application/json' }, body };
  const headers = signedHeaders(unsigned, await credentials(access), { region, service: 'lambda' }, new Date());
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new BadInput(`${url.host} cannot be reached: ${cause instanceof Error ? cause.message : message}`);
  }
  const text = await response.text();
  if (!response.ok) {
    const reason = /"[mM]essage"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? `HTTP ${response.status}`;
    throw new BadInput(`${name} cannot be invoked in ${region}: ${reason}`);
  }
  const parsed = answer.safeParse(JSON.parse(text));
  if (!parsed.success) throw new BadInput(`${name} did not answer as the decision handler does; name it by --function`);
  return parsed.data;
}

function regionOf({ region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] }: Access): string {
  if (region === undefined) throw new BadInput('no Region is set: give --region, or set AWS_REGION');
  return region;
}

const found = new Map<string, Promise<AwsCredentials>>();

/** Whatever the AWS CLI would use, a profile that assumes a role with MFA included: the code is asked for, once. */
function credentials({ profile }: Access): Promise<AwsCredentials> {
  const key = profile ?? '';
  const known = found.get(key);
  if (known !== undefined) return known;
  const provider = defaultProvider({
    ...(profile === undefined ? {} : { profile }),
    mfaCodeProvider: (serial) => input({ message: `MFA code of ${serial}` }),
  });
  const made = provider().catch((error: unknown) => {
    throw new BadInput(`there are no AWS credentials: ${(error as Error).message.split('\n', 1)[0]}`);
  });
  found.set(key, made);
  return made;
}
