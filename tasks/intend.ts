import type { LedgerEntry } from '../runbooks/change';
import { actionById } from './actions/registry';
import type { Deps } from './deps';

/** For so long a change by our own roles can be matched with what we intended. */
const rememberIntentSeconds = 30 * 86_400;

/** Writes down what is about to be done, before the first call of it. Answers how it stands: an earlier attempt may have begun. */
export async function intend(
  { store, now }: Pick<Deps, 'store' | 'now'>,
  it: Pick<LedgerEntry, 'incidentId' | 'changeSetHash' | 'position' | 'change' | 'fence'>,
): Promise<LedgerEntry> {
  const { incidentId, change } = it;
  const at = now().toISOString();
  const forgetAt = Math.floor(now().getTime() / 1_000) + rememberIntentSeconds;
  const inverse = change.reversible ? actionById(change.action).undo(change) : null;
  const [entry] = await Promise.all([
    store.ledger.intend({ ...it, inverse, state: 'intent', intendedAt: at, at, failure: null, reference: null }),
    store.ledger.noteIntent(change.target, incidentId, at, forgetAt),
  ]);
  return entry;
}
