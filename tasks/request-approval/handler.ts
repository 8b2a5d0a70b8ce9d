import { sha256 } from '../../runbooks/change';
import { NotApproved } from '../errors';
import { responseTo } from '../response-to';
import { defineQuestion, lambdaFunction } from '../task';
import { requestApproval } from './contract';

export const task = defineQuestion(requestApproval, async ({ incidentId, purpose, changeSetHash, taskToken }, deps) => {
  const { decision, proposals } = await deps.store.incidents.read(incidentId);
  const proposal = proposals[purpose];
  if (decision === null || proposal === null || proposal.changeSetHash !== changeSetHash) {
    throw new NotApproved(`the change set ${changeSetHash} is not what incident ${incidentId} proposes`);
  }
  const response = responseTo(decision, purpose);
  if (response === null) throw new NotApproved(`the plan asks for nothing to ${purpose} in incident ${incidentId}`);

  const { changes } = await deps.store.ledger.proposal(incidentId, changeSetHash);
  const reversible = changes.every((change) => change.reversible);
  const mayGoUnanswered = changes.every(
    ({ knownFrom, askBecause }) => knownFrom !== 'recommended-minimum' && askBecause === undefined,
  );
  const now = deps.now();
  const question = await deps.store.approvals.ask(
    {
      // The same proposal is always the same question: this task may run twice.
      id: sha256({ incidentId, purpose, changeSetHash }).slice(0, 24),
      incidentId,
      changeSetHash,
      round: proposal.round,
      status: 'PENDING',
      approvers: response.approvers,
      // Nobody alone does what cannot be undone.
      needed: reversible ? response.count : Math.max(2, response.count),
      votes: [],
      askedAt: now.toISOString(),
      deadline: new Date(now.getTime() + response.withinSeconds * 1_000).toISOString(),
      onSilence: purpose !== 'undo' && reversible && mayGoUnanswered ? response.onSilence : 'leave',
      decidedAt: null,
    },
    taskToken,
  );
  await deps.store.incidents.setProposal(incidentId, purpose, { ...proposal, approvalId: question.id });
  await deps.responders.present(incidentId);
});

export const handler = lambdaFunction(task);
