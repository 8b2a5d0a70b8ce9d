import type { Change } from '../../runbooks/change';
import type { ActionContext } from '../actions/action';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { sameState } from '../same-state';

/**
 * The inverse of everything that the incident changed and that still stands, last first. Where a later hand has touched
 * one of them nothing is proposed, and `overtaken` says which.
 */
export async function proposeUndo(
  context: ActionContext,
  { store }: Pick<Deps, 'store'>,
  incidentId: string,
): Promise<{ changes: Change[]; overtaken: string | null }> {
  const done = (await store.ledger.all(incidentId)).filter(({ state }) => state === 'applied' || state === 'verified');
  const taken = new Set<string>();
  const changes: Change[] = [];
  for (const { inverse } of done.reverse()) {
    if (inverse === null || taken.has(inverse.id)) continue;
    const present = await actionById(inverse.action).present(context, inverse);
    if (sameState(present, inverse.after)) continue;
    if (!sameState(present, inverse.before)) {
      return {
        changes: [],
        overtaken: `${inverse.target.id} has been changed since: undoing would take that away too.`,
      };
    }
    taken.add(inverse.id);
    changes.push(inverse);
  }
  return { changes, overtaken: null };
}
