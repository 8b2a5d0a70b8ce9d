import { purpose } from '../../runbooks/decision';
import type { IncidentOutcome } from '../../runbooks/incident';
import type { Deps } from '../deps';
import { letGoOfTargets, sealIncident } from '../seal';
import type { Incident } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { closeIncident } from './contract';
import { outcomeOf } from './outcome';

export const task = defineTask(closeIncident, async ({ incidentId, last }, deps) => {
  const { store } = deps;
  const incident = await settleRejections(incidentId, deps);
  const judged = incident.decision?.incidentVersion ?? 0;
  // An undo comes after the end: it changes how the incident is told of, not that it is closed.
  const undone = incident.proposals.undo?.state === 'verified';
  const told = undone ? null : incident.outcome;
  const outcome = told ?? (await outcomeOfAll(incident, deps));

  const closed = await store.incidents.close(incidentId, last ? 'any' : judged, {
    status: 'closed',
    outcome,
    closedAt: deps.now().toISOString(),
  });
  if (!closed) return { closed, outcome: null };
  const unjudged = incident.version - judged;
  if (unjudged > 0 && incident.status === 'open') {
    const problem = `${unjudged} event(s) joined after the last judgement and were not judged: read them`;
    await store.incidents.noteProblem(incidentId, problem);
    await deps.responders.tell(incidentId, problem);
  }
  if (undone) await store.incidents.set(incidentId, { outcome });
  await letGoOfTargets(incidentId, deps);
  await sealIncident(incidentId, closeIncident.id, deps);
  if (incident.message !== null || incident.decision?.notify === true) await deps.responders.present(incidentId);
  return { closed, outcome };
});

async function outcomeOfAll(incident: Incident, { store }: Deps): Promise<IncidentOutcome> {
  const [ledger, children] = await Promise.all([store.ledger.all(incident.id), store.incidents.children(incident.id)]);
  return outcomeOf(
    incident,
    ledger,
    children.flatMap((child) => child.incident.outcome ?? []),
  );
}

/** What people refused the machine passed over: here it gets its name. */
async function settleRejections(incidentId: string, { store }: Deps): Promise<Incident> {
  const { proposals } = await store.incidents.read(incidentId);
  for (const each of purpose.options) {
    const proposal = proposals[each];
    if (proposal === null || proposal.approvalId === null || proposal.state !== 'proposed') continue;
    const { status } = await store.approvals.read(proposal.approvalId);
    if (status === 'REJECTED') await store.incidents.setProposal(incidentId, each, { ...proposal, state: 'rejected' });
  }
  return store.incidents.read(incidentId);
}

export const handler = lambdaFunction(task);
