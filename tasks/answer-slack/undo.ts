import { errorName, RecordMissing } from '../errors';
import { responseTo } from '../response-to';
import { lookUpApprovers } from '../slack/approvers';
import type { Incident } from '../store/incidents';
import type { DecisionDeps } from './deps';
import { did, type Speaker, type Stranger, whyStranger } from './hear';

export interface Undone {
  readonly kind: 'undoing' | 'already-undoing' | 'not-closed' | 'not-an-approver' | 'the-actor' | 'unknown' | Stranger;
}

/**
 * Somebody wants back what an incident changed: those who could approve it may start the machine that asks for approval to
 * undo it. Nothing is taken back by this alone.
 */
export async function askForUndo(incidentId: string, speaker: Speaker, deps: DecisionDeps): Promise<Undone> {
  const incident = await find(incidentId, deps);
  if (incident === null) return { kind: 'unknown' };
  const stranger = whyStranger(speaker);
  if (stranger !== null) return { kind: stranger };
  const asked = await deps.store.approvals.ofIncident(incidentId);
  const identities = asked.flatMap((approval) => approval.identities);
  if (await did(speaker, incidentId, identities, deps)) return { kind: 'the-actor' };
  const approvers =
    asked.length > 0 ? asked.flatMap((approval) => approval.approvers) : await byThePlan(incident, deps);
  if (!approvers.includes(speaker.userId)) return { kind: 'not-an-approver' };
  if (incident.status !== 'closed') return { kind: 'not-closed' };

  const round = (incident.proposals.undo?.round ?? 0) + 1;
  const at = deps.now().toISOString();
  try {
    await deps.machines.startRelease(`undo-${round}-${incidentId}`.slice(0, 80), JSON.stringify({ incidentId }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
    return { kind: 'already-undoing' };
  }
  await deps.store.approvals.noteUndoRequest(incidentId, { userId: speaker.userId, at, from: speaker.from });
  await deps.responders.tell(incidentId, {
    mrkdwn: `↩️ <@${speaker.userId}> asked to undo what was changed. It needs approval.`,
  });
  return { kind: 'undoing' };
}

async function find(incidentId: string, { store }: DecisionDeps): Promise<Incident | null> {
  try {
    return await store.incidents.read(incidentId);
  } catch (error) {
    if (error instanceof RecordMissing) return null;
    throw error;
  }
}

/** What was done automatically was never asked of anybody: its approvers are looked up now. */
async function byThePlan({ decision }: Incident, { slackApi, log }: DecisionDeps): Promise<readonly string[]> {
  const response = decision === null ? null : responseTo(decision, 'undo');
  if (response === null) return [];
  try {
    return (await lookUpApprovers(response.approvers, slackApi)).userIds;
  } catch (error) {
    log('warn', 'approvers could not be looked up', { error: errorName(error) });
    return [];
  }
}
