import type { Resource } from '../runbooks/incident';
import type { ActionContext } from './actions/action';
import type { Deps } from './deps';
import type { Store } from './store/store';

export function actionContext({
  aws,
  store,
  kubernetes,
  now,
}: Pick<Deps, 'aws' | 'store' | 'kubernetes' | 'now'>): ActionContext {
  return {
    aws,
    kubernetes,
    now,
    baseline: (target, before) => store.baselines.before(target, before),
    problems: new Set(),
    left: new Set(),
    isSealed: (incidentId, target) => isSealed(store, incidentId, target),
    leavesOthers: (group, node, others) =>
      store.brake.leavesOthers(group, node, others, Math.floor(now().getTime() / 1_000)),
    goes: (group, node) => store.brake.goes(group, node, Math.floor(now().getTime() / 1_000)),
    nodesSpared: (incidentId) => nodesSpared(store, incidentId),
  };
}

async function nodesSpared({ incidents }: Pick<Store, 'incidents'>, incidentId: string): Promise<string[]> {
  const children = await incidents.children(incidentId);
  return children.flatMap(({ node, incident }) => (incident.outcome === 'rejected' ? [node] : []));
}

async function isSealed(
  { chain, incidents }: Pick<Store, 'chain' | 'incidents'>,
  incidentId: string,
  { type, id }: Resource,
): Promise<boolean> {
  if (!(await chain.isSealed(incidentId))) return false;
  const { events } = await incidents.events(incidentId);
  return events.some(({ subjects }) => subjects.some((it) => it.type === type && it.id === id));
}
