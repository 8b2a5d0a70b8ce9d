import type { Purpose } from '../runbooks/decision';
import type { Resource } from '../runbooks/incident';
import { distinctResources } from './distinct-resources';
import type { Store } from './store/store';

/** States of a proposal that is still to be applied, or to be verified. */
const live = new Set(['proposed', 'applying', 'applied']);

/** Lets go of targets, but for those that another purpose of the same incident still works on. */
export async function letGo(
  store: Pick<Store, 'incidents' | 'ledger' | 'leases'>,
  incidentId: string,
  purpose: Purpose,
  targets: readonly Resource[],
): Promise<void> {
  const { proposals } = await store.incidents.read(incidentId);
  const others = Object.entries(proposals).flatMap(([of, it]) =>
    it !== null && of !== purpose && live.has(it.state) && it.changeSetHash !== '' ? [it.changeSetHash] : [],
  );
  const sets = await Promise.all(others.map((hash) => store.ledger.proposal(incidentId, hash)));
  const needed = new Set(sets.flatMap(({ changes }) => changes.map(({ target }) => keyOf(target))));
  const free = distinctResources(targets);
  await Promise.all(free.map((target) => (needed.has(keyOf(target)) ? null : store.leases.letGo(target, incidentId))));
}

function keyOf({ type, id }: Resource): string {
  return `${type} ${id}`;
}
