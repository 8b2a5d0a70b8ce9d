import * as z from 'zod';
import { approverList, purpose } from './decision';

/**
 * An approval leaves PENDING once, by a conditional write: whoever comes second (a click, the time limit, a proposal
 * that the world has overtaken) learns what was decided and follows it.
 */
export const approvalStatus = z.enum(['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'VOID']);

/** By which way somebody decided. */
const via = z.enum(['slack', 'command-line']);

export const vote = z.strictObject({
  userId: z.string(),
  verdict: z.enum(['approve', 'reject']),
  at: z.string(),
  via,
  /** Where from: Slack's team and channel, or the AWS principal. */
  from: z.string(),
  /** The hash of the change set that this person was shown. */
  shown: z.string(),
  /** In the person's own words; only a rejection has any. */
  reason: z.string().nullable(),
});
export type Vote = z.infer<typeof vote>;

const extension = z.strictObject({
  userId: z.string(),
  at: z.string(),
  via,
  from: z.string(),
  shown: z.string(),
  /** The deadline that came of it. */
  until: z.string(),
});
export type Extension = z.infer<typeof extension>;

/** Who was asked, when, and what was wrong with asking them. */
const asking = z.strictObject({
  at: z.string(),
  as: z.enum(['asked', 'reminded', 'escalated']),
  userIds: z.array(z.string()),
  notes: z.array(z.string()),
});
export type Asking = z.infer<typeof asking>;

/** One question to humans. The task token is in the item beside it and nowhere else. */
export const approval = z.strictObject({
  id: z.string(),
  incidentId: z.string(),
  purpose,
  /** What was shown and is decided upon. */
  changeSetHash: z.string(),
  round: z.number().int().positive(),
  status: approvalStatus,
  /** Grows with every write: who writes names the revision that was read. */
  revision: z.number().int().nonnegative(),
  /** Where it is asked. */
  channel: z.string(),
  /** Slack users who may decide. */
  approvers: z.array(z.string()),
  /** Those of them who may not, because they did it. */
  barred: z.array(z.string()),
  /** The plan's map of who is who, as it was when this was asked. */
  identities: z.array(z.strictObject({ aws: z.string(), slack: z.string() })),
  needed: z.number().int().positive(),
  votes: z.array(vote),
  asked: z.array(asking),
  extensions: z.array(extension),
  askedAt: z.string(),
  deadline: z.string(),
  remindAfterSeconds: z.number().int().positive(),
  /** Who is asked as well, and when; null where nobody is, or where they have been. */
  escalate: z.strictObject({ to: approverList, at: z.string() }).nullable(),
  moreTime: z.strictObject({ bySeconds: z.number().int().positive(), times: z.number().int().nonnegative() }),
  onSilence: z.enum(['leave', 'apply']),
  decidedAt: z.string().nullable(),
});
export type Approval = z.infer<typeof approval>;

/** Why somebody's word changes nothing. */
export type Unheard =
  | 'outdated'
  | 'not-an-approver'
  | 'the-actor'
  | 'already-decided'
  | 'already-voted'
  | 'too-late'
  | 'no-more-time';

export type Heard<Act> = { readonly next: Approval; readonly act: Act } | { readonly unheard: Unheard };

interface Word {
  readonly userId: string;
  readonly at: string;
  readonly shown: string;
}

/** Why this person's word does not count now, whatever it is; null where it does. */
function unheard(it: Approval, { userId, at, shown }: Word): Unheard | null {
  if (it.changeSetHash !== shown) return 'outdated';
  if (it.barred.includes(userId)) return 'the-actor';
  if (!it.approvers.includes(userId)) return 'not-an-approver';
  if (it.status !== 'PENDING') return 'already-decided';
  return at >= it.deadline ? 'too-late' : null;
}

/**
 * A vote on what was shown. One rejection decides; approvals decide when as many people as needed have given one. Who has
 * approved may still reject, for that is the safe way; nobody counts twice.
 */
export function voted(it: Approval, word: Vote): Heard<'counted' | 'decided'> {
  const why = unheard(it, word);
  if (why !== null) return { unheard: why };
  const mine = it.votes.some(({ userId }) => userId === word.userId);
  if (mine && word.verdict === 'approve') return { unheard: 'already-voted' };
  const votes = [...it.votes, word];
  const approving = new Set(votes.filter(({ verdict }) => verdict === 'approve').map(({ userId }) => userId));
  const status = word.verdict === 'reject' ? 'REJECTED' : approving.size >= it.needed ? 'APPROVED' : 'PENDING';
  const decided = status !== 'PENDING';
  return {
    next: { ...it, votes, status, decidedAt: decided ? word.at : null },
    act: decided ? 'decided' : 'counted',
  };
}

/** More time, as long as the plan leaves any. */
export function extended(it: Approval, word: Omit<Extension, 'until'>): Heard<'extended'> {
  const why = unheard(it, word);
  if (why !== null) return { unheard: why };
  if (it.extensions.length >= it.moreTime.times) return { unheard: 'no-more-time' };
  const until = later(it.deadline, it.moreTime.bySeconds);
  return { next: { ...it, deadline: until, extensions: [...it.extensions, { ...word, until }] }, act: 'extended' };
}

export type Due =
  | { readonly kind: 'expire' | 'escalate' | 'remind' }
  | { readonly kind: 'wait'; readonly seconds: number };

/**
 * What is to be done about a question that nobody has answered: the time is over, others are to be asked, those who were
 * asked are to be reminded, or it is to be waited until one of these comes.
 */
export function dueNow(
  it: Pick<Approval, 'askedAt' | 'deadline' | 'escalate' | 'asked' | 'remindAfterSeconds'>,
  now: string,
): Due {
  if (now >= it.deadline) return { kind: 'expire' };
  if (it.escalate !== null && now >= it.escalate.at) return { kind: 'escalate' };
  const reminder = nextReminder(it);
  if (now >= reminder) return { kind: 'remind' };
  const next = [it.deadline, reminder, ...(it.escalate === null ? [] : [it.escalate.at])].sort()[0] ?? it.deadline;
  return { kind: 'wait', seconds: Math.max(1, Math.ceil((Date.parse(next) - Date.parse(now)) / 1_000)) };
}

/** The first after `remindAfterSeconds`, and each one after twice the time of the one before. */
function nextReminder({
  askedAt,
  asked,
  remindAfterSeconds,
}: Pick<Approval, 'askedAt' | 'asked' | 'remindAfterSeconds'>): string {
  const sent = asked.filter(({ as }) => as === 'reminded').length;
  return later(askedAt, remindAfterSeconds * (2 ** (sent + 1) - 1));
}

/** A moment so many seconds after another, both ISO 8601. */
export function later(moment: string, seconds: number): string {
  return new Date(Date.parse(moment) + seconds * 1_000).toISOString();
}
