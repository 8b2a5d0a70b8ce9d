import type { Resource } from '../runbooks/incident';
import type { ActionContext } from './actions/action';
import type { Deps } from './deps';
import type { Store } from './store/store';

/** Longer than it takes from a proposal until an automatic isolation stands; after that the group itself shows it. */
const rememberGoingSeconds = 3_600;

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
    leavesOthers: (group, node, others) => {
      const seconds = Math.floor(now().getTime() / 1_000);
      return store.brake.leavesOthers(group, node, others, { now: seconds, forgetAt: seconds + rememberGoingSeconds });
    },
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
