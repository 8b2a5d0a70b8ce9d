import type { Deps } from './deps';
import type { Dossier } from './dossier';
import type { Incident, Reach } from './store/incidents';

/** Everything that the store knows of an incident. Throws `RecordMissing`. */
export async function readDossier(
  { store, plan }: Pick<Deps, 'store' | 'plan'>,
  incidentId: string,
): Promise<{ incident: Incident; reach: Reach; dossier: Dossier }> {
  const [incident, { events, reach }] = await Promise.all([
    store.incidents.read(incidentId),
    store.incidents.events(incidentId),
  ]);
  const { category, account, region, openedAt, severity, decision, actor, signs, context, facts } = incident;
  const { settings } = plan(category).plan;
  const judged = { severity, decision, decidedOn: facts, settings, actor, signs, context };
  const about = { incidentId, category, account, region, openedAt, ...judged };
  return { incident, reach, dossier: { ...about, clusters: reach.clusters, events } };
}
