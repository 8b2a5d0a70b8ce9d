import type { Approval } from '../../runbooks/approval';
import type { Change, LedgerEntry } from '../../runbooks/change';
import type { Proposal, Purpose } from '../../runbooks/decision';
import type { Incident, Reach, StoredEvent } from '../store/incidents';
import type { Store } from '../store/store';

/** One purpose of an incident as responders see it. */
export interface ProposalView {
  readonly purpose: Purpose;
  readonly proposal: Proposal;
  readonly changes: readonly Change[];
  readonly ledger: readonly LedgerEntry[];
  readonly approval: Approval | null;
  /** What was proposed before and the world has overtaken; null where this is the first proposal. */
  readonly before: readonly Change[] | null;
}

/** Everything that a message says: what the store knows, and nothing else. */
export interface IncidentView {
  readonly incident: Incident;
  readonly reach: Reach;
  readonly events: readonly StoredEvent[];
  readonly proposals: readonly ProposalView[];
  readonly evidence: number;
  readonly partition: string;
  readonly evidenceBucket: string;
}

export async function readIncidentView(
  store: Store,
  incidentId: string,
  where: { readonly partition: string; readonly evidenceBucket: string },
): Promise<IncidentView> {
  const incident = await store.incidents.read(incidentId);
  const proposals: ProposalView[] = [];
  for (const purpose of ['contain', 'remediate', 'undo'] as const) {
    const proposal = incident.proposals[purpose];
    if (proposal === null) continue;
    const { changeSetHash, approvalId, supersedes } = proposal;
    proposals.push({
      purpose,
      proposal,
      changes: changeSetHash === '' ? [] : (await store.ledger.proposal(incidentId, changeSetHash)).changes,
      ledger: changeSetHash === '' ? [] : await store.ledger.entries(incidentId, changeSetHash),
      approval: approvalId === null ? null : await store.approvals.read(approvalId),
      before: supersedes === null ? null : (await store.ledger.proposal(incidentId, supersedes)).changes,
    });
  }
  return {
    incident,
    ...(await store.incidents.events(incidentId)),
    proposals,
    evidence: (await store.chain.entries(incidentId)).length,
    ...where,
  };
}
