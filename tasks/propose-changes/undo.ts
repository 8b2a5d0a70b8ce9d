import type { Change, LedgerEntry, LedgerState } from '../../runbooks/change';
import type { ActionContext } from '../actions/action';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { sameState } from '../same-state';

/** What was made, whole or in part; an intent that was cut off may have been. */
const undoable: ReadonlySet<LedgerState> = new Set(['intent', 'applied', 'verified', 'partly-applied']);

const onlyInPart =
  'The change was made only in part: this leads back to what stood before from what stands now. Compare both.';

const movedBetween =
  'Somebody had changed it between two changes of this incident: this leads back to what stood before the first of them.';

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
  const looks = inversesOf(done).map(async ({ inverse, whole }) => ({
    inverse,
    whole,
    present: await actionById(inverse.action).present(context, inverse),
  }));
  const changes: Change[] = [];
  const left: string[] = [];
  for (const { inverse, whole, present } of await Promise.all(looks)) {
    if (sameState(present, inverse.after)) continue;
    if (sameState(present, inverse.before)) changes.push(inverse);
    else if (present !== null && !whole)
      changes.push({ ...inverse, before: present, warnings: [...inverse.warnings, onlyInPart] });
    else if (present === null) left.push(`Not undone: ${inverse.target.id} is gone (${inverse.line})`);
    else left.push(`Not undone: ${inverse.target.id} has been changed since (${inverse.line})`);
  }
  return { changes, left };
}

interface Inverse {
  readonly inverse: Change;
  /** Whether the last change that it takes back was made as a whole. */
  readonly whole: boolean;
}

/**
 * One inverse for whatever was changed, last first: of what was changed again in a later round it leads from what stands
 * after the last change to what stood before the first. Entries in the order in which they were intended.
 */
function inversesOf(entries: readonly LedgerEntry[]): Inverse[] {
  const found = new Map<string, Inverse>();
  for (const { inverse, state } of entries) {
    if (inverse === null) continue;
    const whole = state === 'applied' || state === 'verified';
    const earlier = found.get(inverse.id);
    const moved = earlier?.whole === true && !sameState(earlier.inverse.before, inverse.after);
    const warnings = moved ? [movedBetween] : (earlier?.inverse.warnings ?? inverse.warnings);
    // It keeps its place: what the first change had to come after is taken back after it.
    found.set(inverse.id, {
      inverse: { ...(earlier?.inverse ?? inverse), before: inverse.before, warnings },
      whole,
    });
  }
  return [...found.values()].reverse();
}
