import { RecordMissing } from '../errors';
import { defineTask, lambdaFunction } from '../task';
import { expireApproval } from './contract';

export const task = defineTask(expireApproval, async ({ incidentId, purpose }, deps) => {
  const { proposals } = await deps.store.incidents.read(incidentId);
  const proposal = proposals[purpose];
  if (proposal === null || proposal.approvalId === null) {
    throw new RecordMissing(`nobody was asked to ${purpose} in incident ${incidentId}`);
  }
  // A click and the time limit may cross: whichever wrote first is followed.
  const { status, onSilence } = await deps.store.approvals.end(
    proposal.approvalId,
    'EXPIRED',
    deps.now().toISOString(),
  );
  const verdict =
    status === 'APPROVED'
      ? 'approved'
      : status === 'REJECTED'
        ? 'rejected'
        : status === 'EXPIRED' && onSilence === 'apply'
          ? 'apply-unanswered'
          : 'unanswered';
  if (verdict === 'unanswered') {
    await deps.store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'unanswered' });
  }
  await deps.responders.present(incidentId);
  return { verdict } as const;
});

export const handler = lambdaFunction(task);
