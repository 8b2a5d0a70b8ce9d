import { type Approval, dueNow } from '../../runbooks/approval';
import type { Deps } from '../deps';
import { RecordMissing } from '../errors';
import { lookUpApprovers } from '../slack/approvers';
import { date, mentions } from '../slack/text';
import { defineTask, lambdaFunction } from '../task';
import { expireApproval } from './contract';

export const task = defineTask(expireApproval, async ({ incidentId, purpose }, deps) => {
  const { proposals } = await deps.store.incidents.read(incidentId);
  const proposal = proposals[purpose];
  if (proposal === null || proposal.approvalId === null) {
    throw new RecordMissing(`nobody was asked to ${purpose} in incident ${incidentId}`);
  }
  for (;;) {
    const approval = await deps.store.approvals.read(proposal.approvalId);
    const verdict = verdictOf(approval);
    if (verdict !== null) {
      if (verdict === 'unanswered') {
        await deps.store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'unanswered' });
      }
      await deps.store.approvals.settle(approval.id);
      await deps.responders.present(incidentId);
      const silence = silences[verdict];
      if (silence !== null) await deps.responders.tell(incidentId, silence);
      return { verdict, waitSeconds: 1 };
    }
    const seconds = await doWhatIsDue(approval, deps);
    if (seconds !== null) return { verdict: 'waiting' as const, waitSeconds: seconds };
  }
});

/** What the thread is told of how the time ran out; who decided has been told of by whoever heard it. */
const silences = {
  approved: null,
  rejected: null,
  unanswered: '⌛ Nobody answered in time. Nothing was changed.',
  'apply-unanswered': '⌛ Nobody answered in time: it is applied, as the plan says.',
} as const;

/** A click and the time limit may cross: whichever wrote first is followed. Null while nothing is decided. */
function verdictOf({ status, onSilence }: Approval) {
  switch (status) {
    case 'PENDING':
      return null;
    case 'APPROVED':
      return 'approved' as const;
    case 'REJECTED':
      return 'rejected' as const;
    case 'EXPIRED':
      return onSilence === 'apply' ? ('apply-unanswered' as const) : ('unanswered' as const);
    case 'VOID':
      return 'unanswered' as const;
    default:
      return status satisfies never;
  }
}

/** Ends, escalates or reminds; answers how long there is nothing to do, or null where it has to be looked at again. */
async function doWhatIsDue(approval: Approval, { store, responders, slackApi, now }: Deps): Promise<number | null> {
  const at = now().toISOString();
  const due = dueNow(approval, at);
  const { incidentId } = approval;
  switch (due.kind) {
    case 'wait':
      return due.seconds;
    case 'expire':
      await store.approvals.expire(approval, at);
      return null;
    case 'escalate': {
      if (approval.escalate === null) return null;
      const { userIds, notes } = await lookUpApprovers(approval.escalate.to, slackApi);
      const escalated = await store.approvals.noteAsked(approval, {
        at,
        as: 'escalated',
        userIds: [...userIds],
        notes: [...notes],
      });
      if (escalated === null) return null;
      await responders.present(incidentId);
      const text = `📣 Nobody has decided: ${mentions(userIds)} may decide as well. Until ${date(escalated.deadline)}.`;
      await responders.tell(incidentId, { mrkdwn: text });
      for (const note of notes) await responders.tell(incidentId, `⚠️ ${note}`);
      return null;
    }
    case 'remind': {
      const silent = approval.approvers.filter(
        (user) => !approval.barred.includes(user) && !approval.votes.some(({ userId }) => userId === user),
      );
      const reminded = await store.approvals.noteAsked(approval, { at, as: 'reminded', userIds: silent, notes: [] });
      if (reminded === null) return null;
      await responders.present(incidentId);
      await responders.tell(incidentId, {
        mrkdwn: `⏰ Still waiting for a decision: ${mentions(silent)}. Until ${date(approval.deadline)}.`,
      });
      return null;
    }
    default:
      return due satisfies never;
  }
}

export const handler = lambdaFunction(task);
