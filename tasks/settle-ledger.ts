import type { LedgerEntry, LedgerState } from '../runbooks/change';
import { actionContext } from './action-context';
import { actionById, isDoneByGoing } from './actions/registry';
import type { Deps } from './deps';
import { sameState } from './same-state';

type Looks = Pick<Deps, 'aws' | 'store' | 'kubernetes' | 'now'>;

/**
 * What became of changes that failed, or whose making was cut off: the first of several calls may have been made. Looks at
 * the world and writes into the ledger what it shows: all of the change, none of it, or a part. What cannot be looked at
 * stays as it is. Answers the entries as they stand then.
 */
export function settleLedger(entries: readonly LedgerEntry[], deps: Looks): Promise<LedgerEntry[]> {
  return Promise.all(entries.map((entry) => settle(entry, deps)));
}

async function settle(entry: LedgerEntry, deps: Looks): Promise<LedgerEntry> {
  if (entry.state !== 'failed' && entry.state !== 'intent') return entry;
  const { change } = entry;
  let state: LedgerState;
  try {
    const present = await actionById(change.action).present(actionContext(deps), change);
    if (isDoneByGoing(change, present)) state = 'verified';
    else if (present === null || sameState(present, change.before)) state = 'failed';
    else state = sameState(present, change.after) ? 'verified' : 'partly-applied';
  } catch {
    return entry;
  }
  const failure = state === 'verified' ? null : (entry.failure ?? 'it was cut off before it was made');
  await deps.store.ledger.move(entry, state, deps.now().toISOString(), failure, entry.reference);
  return { ...entry, state, failure };
}
