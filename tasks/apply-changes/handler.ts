import { type Change, type ChangeSet, hashChangeSet, type LedgerEntry } from '../../runbooks/change';
import { actionContext } from '../action-context';
import { actionById } from '../actions/registry';
import { transientRetry } from '../contract';
import type { Deps } from '../deps';
import { errorName, NotApproved, WorldChanged } from '../errors';
import { sameState } from '../same-state';
import { defineTask, lambdaFunction } from '../task';
import { whyNot } from './authority';
import { applyChanges } from './contract';

/** For so long a change by our own roles can be matched with what we intended. */
const rememberIntentSeconds = 30 * 86_400;

export const task = defineTask(applyChanges, async ({ incidentId, purpose, changeSetHash }, deps) => {
  const { store } = deps;
  const [{ proposals }, set, entered, braked] = await Promise.all([
    store.incidents.read(incidentId),
    store.ledger.proposal(incidentId, changeSetHash),
    store.ledger.entries(incidentId, changeSetHash),
    store.brake.observeOnly(),
  ]);
  const proposal = proposals[purpose];
  if (proposal === null || proposal.changeSetHash !== changeSetHash) {
    throw new NotApproved(`the change set ${changeSetHash} is not what incident ${incidentId} proposes`);
  }
  if (hashChangeSet(set) !== changeSetHash) {
    throw new NotApproved(`the change set ${changeSetHash} is not what it was when it was hashed`);
  }
  const approval = proposal.approvalId === null ? null : await store.approvals.read(proposal.approvalId);
  const refusal = whyNot(set, proposal, approval);
  if (refusal !== null) throw new NotApproved(`the change set ${changeSetHash} is not to be applied: ${refusal}`);

  if (entered.length === 0) {
    const moved = braked ?? (await whatMoved(set, deps));
    if (moved !== null) {
      await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'void' });
      await deps.responders.tell(incidentId, `Not applied: ${moved}`);
      throw new WorldChanged(moved);
    }
  }

  await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'applying' });
  // Responders read of it while it is done: what is to be cut off does not wait for a message.
  const [entries] = await Promise.all([applyAll(set, deps), deps.responders.present(incidentId)]);
  const failed = entries.filter(({ state }) => state === 'failed').length;
  await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'applied' });
  return { applied: entries.length - failed, failed };
});

/** The first target that is not as it was when proposed, or whose lease is lost; null where all are. */
async function whatMoved({ incidentId, changes }: ChangeSet, deps: Deps): Promise<string | null> {
  const looks = changes.map(async (change) => {
    const { target } = change;
    const [fence, present] = await Promise.all([
      deps.store.leases.fence(target, incidentId, deps.now().toISOString()),
      actionById(change.action).present(actionContext(deps), change),
    ]);
    if (fence === null) return `the lease on ${target.id} is lost`;
    return sameState(present, change.before) ? null : `${target.id} is no longer as it was when this was proposed`;
  });
  return (await Promise.all(looks)).find((moved) => moved !== null) ?? null;
}

/** Applies every change once those that must come before it have been, beside whatever need not wait for it. */
async function applyAll(set: ChangeSet, deps: Deps): Promise<LedgerEntry[]> {
  const applied: Promise<LedgerEntry>[] = [];
  for (const [position, change] of set.changes.entries()) {
    const earlier = applied.filter((_, at) => mustPrecede(set, at, position));
    applied.push(Promise.allSettled(earlier).then(() => applyOne(set, position, change, deps)));
  }
  // None is left running behind the function's back when another is to be tried again.
  await Promise.allSettled(applied);
  return Promise.all(applied);
}

function mustPrecede({ changes, purpose }: ChangeSet, earlier: number, later: number): boolean {
  const [first, second] = [changes[earlier]?.action ?? '', changes[later]?.action ?? ''];
  const [waiting, awaited] = purpose === 'undo' ? [first, second] : [second, first];
  return actionById(waiting).after?.includes(awaited) ?? true;
}

/** Writes the intent, makes the calls, writes what became of them. Resumes where an earlier attempt was cut off. */
async function applyOne(set: ChangeSet, position: number, change: Change, deps: Deps): Promise<LedgerEntry> {
  const { store } = deps;
  const { incidentId, hash: changeSetHash } = set;
  const action = actionById(change.action);
  const at = () => deps.now().toISOString();
  const fence = await store.leases.fence(change.target, incidentId, at());
  const [entry] = await Promise.all([
    store.ledger.intend({
      incidentId,
      changeSetHash,
      position,
      change,
      inverse: change.reversible ? action.undo(change) : null,
      state: 'intent',
      fence: fence ?? 0,
      intendedAt: at(),
      at: at(),
      failure: null,
    }),
    store.ledger.noteIntent(
      change.target,
      incidentId,
      at(),
      Math.floor(deps.now().getTime() / 1_000) + rememberIntentSeconds,
    ),
  ]);
  if (entry.state !== 'intent') return entry;

  const end = async (state: 'applied' | 'failed', failure: string | null) => {
    await store.ledger.move(entry, state, at(), failure);
    return { ...entry, state, failure };
  };
  if (fence === null || (entry.fence !== 0 && fence !== entry.fence)) {
    return end('failed', `the lease on ${change.target.id} was lost before the change was made`);
  }
  try {
    await action.apply(actionContext(deps), change);
    return await end('applied', null);
  } catch (error) {
    // The state tries again, and comes back to this very change.
    if (error instanceof Error && transientRetry.errors.includes(error.name)) throw error;
    deps.log('error', 'a change failed', { incidentId, change: change.id, error: errorName(error) });
    return end('failed', errorName(error));
  }
}

export const handler = lambdaFunction(task);
