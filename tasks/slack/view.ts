import type { Approval } from '../../runbooks/approval';
import type { Change, LedgerEntry } from '../../runbooks/change';
import { type Proposal, type Purpose, purpose } from '../../runbooks/decision';
import type { ChildIncident, Incident, Reach, StoredEvent } from '../store/incidents';
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
  /** The nodes that it had preserved and isolated, each by an incident of its own. */
  readonly nodes: readonly Pick<ChildIncident, 'node' | 'incident'>[];
  readonly evidence: number;
  readonly partition: string;
  readonly evidenceBucket: string;
}

export async function readIncidentView(
  store: Store,
  incidentId: string,
  where: { readonly partition: string; readonly evidenceBucket: string },
): Promise<IncidentView> {
  const [incident, { events, reach }, evidence, nodes] = await Promise.all([
    store.incidents.read(incidentId),
    store.incidents.events(incidentId),
    store.chain.entries(incidentId),
    store.incidents.children(incidentId),
  ]);
  const proposals = purpose.options.flatMap((each) => {
    const proposal = incident.proposals[each];
    return proposal === null ? [] : [readProposalView(store, incidentId, each, proposal)];
  });
  return {
    incident,
    reach,
    events,
    proposals: await Promise.all(proposals),
    nodes,
    evidence: evidence.length,
    ...where,
  };
}

async function readProposalView(
  store: Store,
  incidentId: string,
  purpose: Purpose,
  proposal: Proposal,
): Promise<ProposalView> {
  const { changeSetHash, approvalId, supersedes } = proposal;
  const [changes, ledger, approval, before] = await Promise.all([
    changeSetHash === '' ? [] : store.ledger.proposal(incidentId, changeSetHash).then((set) => set.changes),
    changeSetHash === '' ? [] : store.ledger.entries(incidentId, changeSetHash),
    approvalId === null ? null : store.approvals.read(approvalId),
    supersedes === null ? null : store.ledger.proposal(incidentId, supersedes).then((set) => set.changes),
  ]);
  return { purpose, proposal, changes, ledger, approval, before };
}
