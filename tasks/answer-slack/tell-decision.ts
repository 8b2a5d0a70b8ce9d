import type { Approval, Extension, Vote } from '../../runbooks/approval';
import { date, inert } from '../slack/text';
import type { DecisionDeps } from './deps';

/** Rewrites the head message and adds a line to the thread. Never throws. */
export async function tellDecision(approval: Approval, kind: string, { responders }: DecisionDeps): Promise<void> {
  await responders.present(approval.incidentId);
  const line = lineOf(approval, kind);
  if (line !== null) await responders.tell(approval.incidentId, { mrkdwn: line });
}

function lineOf({ votes, extensions, needed, changeSetHash }: Approval, kind: string): string | null {
  const vote = votes.at(-1);
  const extension = extensions.at(-1);
  if (kind === 'extended' && extension !== undefined) {
    return `⏱ ${by(extension)} asked for more time: until ${date(extension.until)}.`;
  }
  if (vote === undefined) return null;
  const hash = `\`${changeSetHash.slice(0, 12)}\``;
  if (vote.verdict === 'reject') return `🚫 ${by(vote)} rejected ${hash}: ${inert(vote.reason ?? '', 1_000)}`;
  const approving = new Set(votes.filter(({ verdict }) => verdict === 'approve').map(({ userId }) => userId)).size;
  return `👍 ${by(vote)} approved ${hash} (${approving} of ${needed}).`;
}

function by({ userId, via, from }: Vote | Extension): string {
  return via === 'slack' ? `<@${userId}>` : `<@${userId}>, at the command line as ${inert(from, 200)},`;
}
