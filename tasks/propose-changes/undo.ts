import type { Change } from '../../runbooks/change';
import type { ActionContext } from '../actions/action';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { sameState } from '../same-state';

/**
 * The inverse of everything that the incident changed and that still stands, last first. What a later hand has touched is
 * left to it: undoing would take that away too. `left` says which and why.
 */
export async function proposeUndo(
  context: ActionContext,
  { store }: Pick<Deps, 'store'>,
  incidentId: string,
): Promise<{ changes: Change[]; left: string[] }> {
  const done = (await store.ledger.all(incidentId)).filter(({ state }) => state === 'applied' || state === 'verified');
  const inverses = new Map<string, Change>();
  for (const { inverse } of done.reverse()) {
    if (inverse !== null && !inverses.has(inverse.id)) inverses.set(inverse.id, inverse);
  }
  const looks = [...inverses.values()].map(async (inverse) => ({
    inverse,
    present: await actionById(inverse.action).present(context, inverse),
  }));
  const changes: Change[] = [];
  const left: string[] = [];
  for (const { inverse, present } of await Promise.all(looks)) {
    if (sameState(present, inverse.after)) continue;
    if (sameState(present, inverse.before)) changes.push(inverse);
    else if (present === null) left.push(`Not undone: ${inverse.target.id} is gone (${inverse.line})`);
    else left.push(`Not undone: ${inverse.target.id} has been changed since (${inverse.line})`);
  }
  return { changes, left };
}
