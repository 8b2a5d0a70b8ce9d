import type { Approval } from '../../runbooks/approval';
import type { ChangeSet } from '../../runbooks/change';
import type { Proposal } from '../../runbooks/decision';

/**
 * Why a change set may not be applied, or null where it may. Asked where the act happens, of what is recorded: not of
 * what the machine was told.
 */
export function whyNot(set: ChangeSet, proposal: Proposal, approval: Approval | null): string | null {
  const irreversible = set.changes.some(({ reversible }) => !reversible);
  const unknown = set.changes.some(({ knownFrom }) => knownFrom === 'recommended-minimum');
  const asks = set.changes.some(({ askBecause }) => askBecause !== undefined);
  switch (proposal.mode) {
    case 'observe':
      return 'it was only to be observed';
    case 'automatic':
      if (irreversible) return 'it cannot be undone and nobody approved it';
      if (unknown) return 'nobody knows what stood before and nobody approved it';
      if (asks) return 'a human decides on it, and none did';
      return null;
    case 'approval':
      return whyNotApproved(set, approval, irreversible, unknown || asks);
    default:
      return proposal.mode satisfies never;
  }
}

function whyNotApproved(
  set: ChangeSet,
  approval: Approval | null,
  irreversible: boolean,
  onlyByHumans: boolean,
): string | null {
  if (approval === null) return 'nobody was asked';
  if (approval.incidentId !== set.incidentId || approval.changeSetHash !== set.hash) {
    return 'what was approved is something else';
  }
  if (approval.status === 'EXPIRED') {
    return approval.onSilence === 'apply' && !irreversible && !onlyByHumans && set.purpose !== 'undo'
      ? null
      : 'nobody answered in time';
  }
  if (approval.status !== 'APPROVED') return `the approval is ${approval.status}`;
  const { votes, approvers, barred } = approval;
  const counts = votes.filter(
    ({ userId, verdict, shown }) =>
      verdict === 'approve' && shown === set.hash && approvers.includes(userId) && !barred.includes(userId),
  );
  const people = new Set(counts.map(({ userId }) => userId));
  const needed = irreversible ? Math.max(2, approval.needed) : approval.needed;
  return people.size >= needed ? null : `${people.size} of ${needed} approved`;
}
