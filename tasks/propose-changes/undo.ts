import type { Change, LedgerState } from '../../runbooks/change';
import type { ActionContext } from '../actions/action';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { sameState } from '../same-state';

/** What was made, whole or in part; an intent that was cut off may have been. */
const undoable: ReadonlySet<LedgerState> = new Set(['intent', 'applied', 'verified', 'partly-applied']);

const onlyInPart =
  'The change was made only in part: this leads back to what stood before from what stands now. Compare both.';

/**
 * The inverse of everything that the incident changed and that still stands, last first. What a later hand has touched is
 * left to it: undoing would take that away too. `left` says which and why.
 */
export async function proposeUndo(
  context: ActionContext,
  { store }: Pick<Deps, 'store'>,
  incidentId: string,
): Promise<{ changes: Change[]; left: string[] }> {
  const done = (await store.ledger.all(incidentId)).filter(
    // What an undo made is no change of the incident's: taking it back would make the harm again.
    ({ state, change }) => undoable.has(state) && change.knownFrom !== 'ledger',
  );
  const inverses = new Map<string, { inverse: Change; whole: boolean }>();
  for (const { inverse, state } of done.reverse()) {
    const whole = state === 'applied' || state === 'verified';
    if (inverse !== null && !inverses.has(inverse.id)) inverses.set(inverse.id, { inverse, whole });
  }
  const looks = [...inverses.values()].map(async ({ inverse, whole }) => ({
    inverse,
    whole,
    present: await actionById(inverse.action).present(context, inverse),
  }));
  const changes: Change[] = [];
  const left: string[] = [];
  for (const { inverse, whole, present } of await Promise.all(looks)) {
    if (sameState(present, inverse.after)) continue;
    if (sameState(present, inverse.before)) changes.push(inverse);
    else if (present !== null && !whole) changes.push({ ...inverse, before: present, warnings: [onlyInPart] });
    else if (present === null) left.push(`Not undone: ${inverse.target.id} is gone (${inverse.line})`);
    else left.push(`Not undone: ${inverse.target.id} has been changed since (${inverse.line})`);
  }
  return { changes, left };
}
