import { actionContext } from '../action-context';
import { listClusters } from '../aws/network';
import { categories, categoryById } from '../categories/registry';
import { acceptedOutcomes, outcomeOf } from '../close-incident/outcome';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import type { Incident, StoredEvent } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { recordBaseline } from './contract';

/** What is recorded daily is kept for a quarter: longer than most intrusions stay undetected. */
const rememberSeconds = 90 * 86_400;

export const task = defineTask(recordBaseline, async ({ incidentId }, deps) => {
  const incident = incidentId === null ? null : await deps.store.incidents.read(incidentId);
  const happened = incident === null ? null : await deps.store.incidents.events(incident.id);
  const clusters =
    happened === null ? await listClusters(deps.aws.eks) : happened.reach.clusters.map(({ name }) => name);
  if (incident !== null && happened !== null) await settleIfAccepted(incident, happened.events, deps);
  const disputed = await deps.store.baselines.disputed();
  const at = deps.now().toISOString();
  const forgetAt = Math.floor(deps.now().getTime() / 1_000) + rememberSeconds;
  const context = actionContext(deps);

  let recorded = 0;
  const problems: string[] = [];
  /** Several categories have clusters among what they record, and record them alike. */
  const seen = new Set<string>();
  for (const category of incident === null ? categories : [categoryById(incident.category)]) {
    for (const target of await category.baselineOf(context, clusters)) {
      const key = `${target.type} ${target.id}`;
      if (seen.has(key) || disputed(target)) continue;
      seen.add(key);
      try {
        const { state = await category.state(context, target) } = target;
        if (state === null) continue;
        await deps.store.baselines.record(target, at, state, forgetAt);
        recorded++;
      } catch (error) {
        problems.push(`${target.type} ${target.id}: ${errorName(error)}`);
      }
    }
  }
  if (incidentId !== null) {
    const missing = problems.map((problem) => `no baseline of ${problem}`);
    await deps.store.incidents.noteProblems(incidentId, missing);
  }
  return { recorded, problems };
});

/** What an incident that ended well leaves behind is how things are meant to stand. */
async function settleIfAccepted(incident: Incident, events: readonly StoredEvent[], { store }: Deps): Promise<void> {
  if (!acceptedOutcomes.has(outcomeOf(incident, await store.ledger.all(incident.id)))) return;
  const subjects = events.flatMap((event) => event.subjects);
  await Promise.all(subjects.map((target) => store.baselines.settle(target, incident.id)));
}

export const handler = lambdaFunction(task);
