import { type Approval, type Asking, later } from '../../runbooks/approval';
import { type ChangeSet, sha256 } from '../../runbooks/change';
import type { Purpose } from '../../runbooks/decision';
import type { Deps } from '../deps';
import { AlreadyDecided, NotApproved } from '../errors';
import { type AskingResponse, responseTo } from '../response-to';
import { actorsInSlack } from '../slack/actors';
import { lookUpApprovers } from '../slack/approvers';
import { changesFile } from '../slack/changes-file';
import { readIncidentView } from '../slack/view';
import type { Incident } from '../store/incidents';
import { defineQuestion, lambdaFunction } from '../task';
import { requestApproval } from './contract';

export const task = defineQuestion(requestApproval, async ({ incidentId, purpose, changeSetHash, taskToken }, deps) => {
  const { store } = deps;
  const incident = await store.incidents.read(incidentId);
  const proposal = incident.proposals[purpose];
  if (incident.decision === null || proposal === null || proposal.changeSetHash !== changeSetHash) {
    throw new NotApproved(`the change set ${changeSetHash} is not what incident ${incidentId} proposes`);
  }
  const response = responseTo(incident.decision, purpose);
  if (response === null) throw new NotApproved(`the plan asks for nothing to ${purpose} in incident ${incidentId}`);

  const set = await store.ledger.proposal(incidentId, changeSetHash);
  // The same proposal is always the same question: this task runs again whenever the machine waits anew.
  const id = sha256({ incidentId, purpose, changeSetHash }).slice(0, 24);
  const known = await store.approvals.find(id);
  const question = await store.approvals.ask(
    known ?? (await questionOf(id, incident, purpose, set, response, deps)),
    taskToken,
  );
  await store.incidents.setProposal(incidentId, purpose, { ...proposal, approvalId: id });
  if (question.status !== 'PENDING') throw new AlreadyDecided(`the approval ${id} is ${question.status}`);

  // Who lets the machine wait anew has shown why.
  if (known !== null) return;
  await deps.responders.present(incidentId);
  for (const note of question.asked.flatMap(({ notes }) => notes)) await deps.responders.tell(incidentId, `⚠️ ${note}`);
  const view = await readIncidentView(store, incidentId, deps.configuration);
  const file = changesFile(set, view.proposals.length);
  if (file !== null) await deps.responders.attach(incidentId, file);
});

async function questionOf(
  id: string,
  { id: incidentId, category }: Incident,
  purpose: Purpose,
  { changes, round, hash }: ChangeSet,
  response: AskingResponse,
  { now, plan, slackApi, store }: Deps,
): Promise<Approval> {
  const reversible = changes.every((change) => change.reversible);
  const mayGoUnanswered = changes.every(
    ({ knownFrom, askBecause }) => knownFrom !== 'recommended-minimum' && askBecause === undefined,
  );
  const { channel, identities } = plan(category).plan;
  const actors = (await store.incidents.events(incidentId)).events.flatMap(({ actor }) => actor ?? []);
  const did = await actorsInSlack(actors, identities, slackApi);
  // Nobody alone does what cannot be undone.
  const needed = reversible ? response.count : Math.max(2, response.count);
  const at = now().toISOString();
  const { escalate, remindAfterSeconds, moreTime, withinSeconds } = response;

  const { userIds, notes } = await lookUpApprovers(response.approvers, slackApi);
  const asked: Asking[] = [{ at, as: 'asked', userIds: [...userIds], notes: [...notes] }];
  const able = () => new Set(asked.flatMap((it) => it.userIds).filter((user) => !did.includes(user))).size;
  // Where too few of them may decide, there is no point in waiting before others are asked.
  const atOnce = escalate !== null && able() < needed;
  if (atOnce) {
    const others = await lookUpApprovers(escalate.to, slackApi);
    asked.push({ at, as: 'escalated', userIds: [...others.userIds], notes: [...others.notes] });
  }
  if (able() < needed) {
    asked[0]?.notes.push(
      `${needed} must approve, and only ${able()} of those who are asked may: the plan names too few.`,
    );
  }
  const approvers = [...new Set(asked.flatMap((it) => it.userIds))];
  return {
    id,
    incidentId,
    purpose,
    changeSetHash: hash,
    round,
    status: 'PENDING',
    revision: 0,
    channel,
    approvers,
    barred: did.filter((user) => approvers.includes(user)),
    identities,
    needed,
    votes: [],
    asked,
    extensions: [],
    askedAt: at,
    deadline: later(at, withinSeconds),
    remindAfterSeconds,
    escalate: escalate === null || atOnce ? null : { to: escalate.to, at: later(at, escalate.afterSeconds) },
    moreTime,
    onSilence: purpose !== 'undo' && reversible && mayGoUnanswered ? response.onSilence : 'leave',
    decidedAt: null,
  };
}

export const handler = lambdaFunction(task);
