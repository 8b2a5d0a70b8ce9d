import type { Deps } from './deps';
import { readDossier } from './read-dossier';

/**
 * Writes the closing report, which holds everything that the store knows of the incident but the task tokens, and seals
 * the chain of custody. Work after that (an undo) opens a further segment, sealed in its turn.
 */
export async function sealIncident(incidentId: string, by: string, deps: Deps): Promise<void> {
  const { store, evidence } = deps;
  const { incident, reach, dossier } = await readDossier(deps, incidentId);
  const ledger = await store.ledger.all(incidentId);
  const segment = incident.proposals.undo === null ? 'incident' : `undo-${incident.proposals.undo.round}`;
  // What joined after the evidence was kept, and was judged all the same, belongs to the chain too.
  const { events } = await store.incidents.events(incidentId);
  const pieces = events.flatMap(({ name, evidence: object }) =>
    object === null ? [] : [{ kind: 'event', description: name, object, calls: [] }],
  );
  await evidence.enter(incidentId, pieces, by);
  const approvals = await store.approvals.ofIncident(incidentId);
  for (const approval of approvals) {
    const { id, round, purpose, status } = approval;
    await evidence.preserve(
      incidentId,
      'approval',
      `approvals/${id}-${segment}`,
      `who was asked to ${purpose} in round ${round}, what they were shown, and who decided what: ${status.toLowerCase()}`,
      approval,
      by,
    );
  }
  const undoRequests = await store.approvals.undoRequests(incidentId);
  await evidence.preserve(
    incidentId,
    'report',
    `report-${segment}`,
    'the incident as it was closed',
    { incident, reach, events: dossier.events, ledger, approvals, undoRequests },
    by,
  );
  await evidence.sealChain(incidentId, segment);
}

/** Lets go of every target that the incident may still hold. */
export async function letGoOfTargets(incidentId: string, { store }: Deps): Promise<void> {
  const { proposals } = await store.incidents.read(incidentId);
  for (const proposal of Object.values(proposals)) {
    if (proposal === null || proposal.changeSetHash === '') continue;
    const { changes } = await store.ledger.proposal(incidentId, proposal.changeSetHash);
    for (const { target } of changes) await store.leases.letGo(target, incidentId);
  }
}
