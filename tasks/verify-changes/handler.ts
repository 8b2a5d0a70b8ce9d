import type { LedgerEntry } from '../../runbooks/change';
import { actionContext } from '../action-context';
import type { Verification } from '../actions/action';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { RecordMissing } from '../errors';
import { letGo } from '../let-go';
import { settleLedger } from '../settle-ledger';
import { defineTask, lambdaFunction } from '../task';
import { verifyChanges } from './contract';

export const task = defineTask(verifyChanges, async ({ incidentId, purpose, changeSetHash, last }, deps) => {
  const { store, responders } = deps;
  const { proposals } = await store.incidents.read(incidentId);
  const proposal = proposals[purpose];
  if (proposal === null || proposal.changeSetHash !== changeSetHash) {
    throw new RecordMissing(`the change set ${changeSetHash} is not what incident ${incidentId} applied`);
  }
  const entries = await settleLedger(await store.ledger.entries(incidentId, changeSetHash), deps);
  const states = await Promise.all(entries.map((entry) => verify(entry, last, deps)));
  if (states.includes('pending')) return { state: 'pending' as const };

  const state: 'failed' | 'done' = states.includes('failed') ? 'failed' : 'done';
  await store.incidents.setProposal(incidentId, purpose, {
    ...proposal,
    state: state === 'done' ? 'verified' : 'failed',
  });
  if (purpose === 'undo' && state === 'done') await markUndone(entries, deps);
  await letGo(
    store,
    incidentId,
    purpose,
    entries.map(({ change }) => change.target),
  );
  await responders.present(incidentId);
  const failed = states.filter((it) => it === 'failed').length;
  const stand = `✅ ${states.length} change(s) made and verified (${purpose}).`;
  await responders.tell(
    incidentId,
    failed === 0 ? stand : `❌ ${failed} of ${states.length} change(s) failed (${purpose}): look at each.`,
  );
  return { state };
});

async function verify(entry: LedgerEntry, last: boolean, deps: Deps): Promise<Verification['state']> {
  if (entry.state === 'failed' || entry.state === 'partly-applied') return 'failed';
  // What stood once is done: a later change of the same set may be meant to take it away, as deleting a cluster does.
  if (entry.state === 'verified') return 'done';
  const found = await standing(entry, deps);
  const at = deps.now().toISOString();
  switch (found.state) {
    case 'done':
      await deps.store.ledger.move(entry, 'verified', at);
      return 'done';
    case 'failed':
      await deps.store.ledger.move(entry, 'failed', at, found.reason);
      return 'failed';
    case 'pending':
      if (!last) return 'pending';
      await deps.store.ledger.move(entry, 'failed', at, `still waiting for ${found.waitingFor}`);
      return 'failed';
    default:
      return found satisfies never;
  }
}

function standing(entry: LedgerEntry, deps: Deps): Promise<Verification> | Verification {
  // Nothing was called yet: there is nothing to look at.
  if (entry.state === 'waiting') return { state: 'pending', waitingFor: entry.failure ?? 'its turn' };
  return actionById(entry.change.action).verify(actionContext(deps), entry.change, entry.reference);
}

/** What an undo has taken back is no longer there to be undone. */
async function markUndone(undone: readonly LedgerEntry[], { store, now }: Deps): Promise<void> {
  const taken = new Set(undone.map(({ change }) => change.id));
  for (const { incidentId } of undone.slice(0, 1)) {
    for (const entry of await store.ledger.all(incidentId)) {
      const original = entry.inverse !== null && taken.has(entry.inverse.id) && entry.state !== 'failed';
      if (original && !undone.some(({ changeSetHash }) => changeSetHash === entry.changeSetHash)) {
        await store.ledger.move(entry, 'undone', now().toISOString());
      }
    }
  }
}

export const handler = lambdaFunction(task);
