import * as z from 'zod';
import type { Approval } from '../../runbooks/approval';
import { callerProof } from '../aws/caller';
import { errorName } from '../errors';
import { slackUserOf } from '../slack/actors';
import type { Person } from '../slack/client';
import type { DecisionDeps } from './deps';
import type { Answer } from './from-slack';
import { hear } from './hear';
import { tellDecision } from './tell-decision';
import { refusalOf } from './words';

const about = {
  kind: z.literal('command-line'),
  approval: z.string().min(1).max(64),
  shown: z.string().regex(/^[0-9a-f]{64}$/),
  proof: callerProof,
};

/** What the command line asks for: by invoking this function, which IAM allows to few. */
export const commandLineRequest = z.discriminatedUnion('command', [
  z.strictObject({ kind: z.literal('command-line'), command: z.literal('list') }),
  z.strictObject({ ...about, command: z.literal('approve') }),
  z.strictObject({ ...about, command: z.literal('reject'), reason: z.string().trim().min(1).max(3_000) }),
]);
export type CommandLineRequest = z.infer<typeof commandLineRequest>;
type Decision = Exclude<CommandLineRequest, { command: 'list' }>;

/** What is asked and not yet decided, as the command line lists it. */
export const listedApproval = z.object({
  id: z.string(),
  incidentId: z.string(),
  purpose: z.string(),
  round: z.number(),
  shown: z.string(),
  deadline: z.string(),
  onSilence: z.string(),
  needed: z.number(),
  approvedBy: z.array(z.string()),
  approvers: z.array(z.string()),
  severity: z.string().nullable(),
  because: z.string().nullable(),
  changes: z.array(z.object({ line: z.string(), reversible: z.boolean() })),
});
export type ListedApproval = z.infer<typeof listedApproval>;

/** What a proof is bound to: it is of no use for another question, another content or another verdict. */
export function bindingOf({ command, approval, shown }: Pick<Decision, 'command' | 'approval' | 'shown'>): string {
  return `${command} ${approval} ${shown}`;
}

export async function fromCommandLine(request: CommandLineRequest, deps: DecisionDeps): Promise<Answer> {
  if (request.command === 'list') return says(200, { approvals: await list(deps) });
  const asked = await deps.store.approvals.find(request.approval);
  if (asked === null) return says(404, { message: 'there is no such question' });
  const arn = await deps.callerOf(request.proof, bindingOf(request));
  const principal = arn === null ? null : principalOf(arn, deps.configuration);
  if (arn === null || principal === null) return says(403, { message: 'AWS does not vouch for who you are' });
  const userId = await slackUserOf(principal, asked.identities, deps.slackApi);
  if (userId === null) return says(403, { message: `the plan’s identities name no Slack user for ${arn}` });

  const speaker = { userId, via: 'command-line' as const, from: arn, person: await personOf(userId, deps) };
  const word =
    request.command === 'reject' ? { kind: 'reject' as const, reason: request.reason } : { kind: 'approve' as const };
  const result = await hear({ approvalId: request.approval, shown: request.shown }, speaker, word, deps);
  const refusal = refusalOf(result);
  if (refusal !== null || !('approval' in result)) return says(409, { message: refusal ?? 'it is not known' });
  await tellDecision(result.approval, result.kind, deps);
  return says(200, { message: standingOf(result.approval), status: result.approval.status });
}

/**
 * Whose name can be believed: a session of the role for deciders, whose trust policy makes the session's name the IAM
 * user's, and a session of IAM Identity Center, which names it itself. Any other session chooses its name.
 */
function principalOf(
  arn: string,
  { approverRoleName, account, partition }: DecisionDeps['configuration'],
): { arns: string[]; email: string | null } | null {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/.exec(arn);
  if (session === null || session[1] !== partition || session[2] !== account) return null;
  const [, , , role = '', name = ''] = session;
  if (role === approverRoleName) return { arns: [`arn:${partition}:iam::${account}:user/${name}`], email: null };
  if (!role.startsWith('AWSReservedSSO_')) return null;
  return { arns: [arn], email: name.includes('@') ? name.toLowerCase() : null };
}

async function personOf(userId: string, { slackApi, log }: DecisionDeps): Promise<Person | null> {
  try {
    return await (await slackApi()).person(userId);
  } catch (error) {
    log('warn', 'Slack could not be asked who decides', { error: errorName(error) });
    return null;
  }
}

async function list({ store }: DecisionDeps): Promise<ListedApproval[]> {
  const listed: ListedApproval[] = [];
  for (const id of await store.approvals.waiting()) {
    const approval = await store.approvals.find(id);
    if (approval === null || approval.status !== 'PENDING') continue;
    const { incidentId, purpose, round, changeSetHash, deadline, onSilence, needed, votes, approvers } = approval;
    const { decision } = await store.incidents.read(incidentId);
    const { changes } = await store.ledger.proposal(incidentId, changeSetHash);
    listed.push({
      id,
      incidentId,
      purpose,
      round,
      shown: changeSetHash,
      deadline,
      onSilence,
      needed,
      approvedBy: votes.map(({ userId }) => userId),
      approvers,
      severity: decision?.severity ?? null,
      because: decision?.because ?? null,
      changes: changes.map(({ line, reversible }) => ({ line, reversible })),
    });
  }
  return listed.sort((a, b) => (a.deadline < b.deadline ? -1 : 1));
}

function standingOf({ status, votes, needed }: Approval): string {
  if (status !== 'PENDING') return `recorded: it is ${status.toLowerCase()}`;
  return `recorded: ${votes.length} of ${needed} approvals`;
}

function says(statusCode: number, body: unknown): Answer {
  return { statusCode, body: JSON.stringify(body) };
}
