import type { Approval, Unheard, Vote } from '../../runbooks/approval';
import { dueNow } from '../../runbooks/approval';
import { errorName } from '../errors';
import { isActor } from '../slack/actors';
import type { Person } from '../slack/client';
import type { DecisionDeps } from './deps';

/** Somebody who decides, and how they came. */
export interface Speaker {
  readonly userId: string;
  readonly via: Vote['via'];
  readonly from: string;
  /** As Slack has them now; null where Slack cannot be asked, which only a proof of another kind makes up for. */
  readonly person: Person | null;
}

export type Word =
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'more-time' };

/** Why somebody is not listened to at all. */
export type Stranger = 'bot' | 'deactivated' | 'outsider' | 'unverified';

export type Heard =
  | { readonly kind: 'decided' | 'counted' | 'extended'; readonly approval: Approval }
  | { readonly kind: Unheard | Stranger; readonly approval: Approval }
  | { readonly kind: 'unknown' };

/**
 * One person's word on one question: who it is, whether they may, then one conditional write, and only then the machine.
 * It changes nothing where any of that fails.
 */
export async function hear(
  { approvalId, shown }: { readonly approvalId: string; readonly shown: string },
  speaker: Speaker,
  word: Word,
  deps: DecisionDeps,
): Promise<Heard> {
  const { approvals } = deps.store;
  const asked = await approvals.find(approvalId);
  if (asked === null) return { kind: 'unknown' };
  const stranger = whyStranger(speaker);
  if (stranger !== null) return { kind: stranger, approval: asked };
  if (await did(speaker, asked.incidentId, asked.identities, deps)) return { kind: 'the-actor', approval: asked };

  const { userId, via, from } = speaker;
  const said = { userId, via, from, shown, at: deps.now().toISOString() };
  const result =
    word.kind === 'more-time'
      ? await approvals.extend(approvalId, said)
      : await approvals.vote(approvalId, {
          ...said,
          verdict: word.kind,
          reason: word.kind === 'reject' ? word.reason : null,
        });
  if (result.kind === 'decided' || result.kind === 'extended' || result.kind === 'already-decided') {
    await follow(result.approval, deps);
  }
  return result;
}

/** Why somebody is nobody whom a plan can mean; null where they may be. */
export function whyStranger({ person, via }: Speaker): Stranger | null {
  // At the command line AWS vouches for the person: Slack's not being there must not stop them.
  if (person === null) return via === 'command-line' ? null : 'unverified';
  if (person.bot) return 'bot';
  if (person.deactivated) return 'deactivated';
  return person.ours ? null : 'outsider';
}

/** Whether this person is among the incident's actors, those included whose events joined after the question was asked. */
export async function did(
  { userId, person }: Speaker,
  incidentId: string,
  identities: Approval['identities'],
  { store }: DecisionDeps,
): Promise<boolean> {
  const self = { id: userId, email: person?.email ?? null };
  const { events } = await store.incidents.events(incidentId);
  return events.some(({ actor }) => actor !== null && isActor(actor, self, identities));
}

/**
 * Tells the machine what was decided, also where it was decided before and the machine may not have heard. Answers whether
 * nobody waits for it any more.
 */
export async function follow(approval: Approval, { store, machines, now, log }: DecisionDeps): Promise<boolean> {
  const verdict = verdicts[approval.status];
  if (verdict === null) {
    await store.approvals.settle(approval.id);
    return true;
  }
  const taskToken = await store.approvals.taskToken(approval.id);
  if (taskToken === null) return true;
  const due = dueNow(approval, now().toISOString());
  const waitSeconds = due.kind === 'wait' ? due.seconds : 1;
  try {
    await machines.answer(taskToken, JSON.stringify({ verdict, approvalId: approval.id, waitSeconds }));
  } catch (error) {
    // The machine has gone on: by an earlier answer, or by its time limit, which follows the store as well.
    if (!(error instanceof Error && gone.has(error.name))) {
      log('error', 'the machine could not be told of a decision', { approval: approval.id, error: errorName(error) });
      return false;
    }
  }
  if (verdict !== 'extended') await store.approvals.settle(approval.id);
  return true;
}

/** What the machine hears. Of a question whose time was over, or that was overtaken, it knows by itself. */
const verdicts = {
  PENDING: 'extended',
  APPROVED: 'approved',
  REJECTED: 'rejected',
  EXPIRED: null,
  VOID: null,
} as const;

const gone = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);
