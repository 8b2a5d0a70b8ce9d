import { type Change, type ChangeSet, hashChangeSet, type LedgerEntry, type LedgerState } from '../../runbooks/change';
import type { Proposal } from '../../runbooks/decision';
import type { Resource } from '../../runbooks/incident';
import { actionContext } from '../action-context';
import type { ActionContext } from '../actions/action';
import { actionById, isDoneByGoing } from '../actions/registry';
import { isTransient } from '../contract';
import type { Deps } from '../deps';
import { errorName, NotApproved, WorldChanged } from '../errors';
import { intend } from '../intend';
import { sameState } from '../same-state';
import { defineTask, lambdaFunction } from '../task';
import { whyNot } from './authority';
import { applyChanges } from './contract';

/** Longer than any change set may take from its first call until it stands. */
const leaseAgainSeconds = 3 * 3_600;

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

  let gone: readonly Change[] = [];
  if (entered.length === 0) {
    const [found, ask] =
      braked === null
        ? await Promise.all([lookAtTargets(set, deps), whyAskNow(set, deps)])
        : [{ moved: braked, gone }, null];
    gone = found.gone;
    const moved = found.moved ?? ask;
    if (moved !== null) {
      await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'void' });
      await deps.responders.tell(incidentId, `Not applied: ${moved}`);
      throw new WorldChanged(moved);
    }
  }

  // What cannot be brought back is under seal before the first call.
  const irreversible = set.changes.some(({ reversible }) => !reversible);
  if (entered.length === 0 && irreversible) await deps.evidence.sealChain(incidentId, `before-${set.hash}`);
  const voided: Proposal = { ...proposal, state: 'void' };
  const begun = new Set(entered.flatMap(({ state, position }) => (state === 'waiting' ? [] : [position])));
  // What was not begun at the first attempt is looked at once more: the world may have moved, and the brake come on.
  const positions = set.changes.map((_, position) => position);
  const unseen = new Set(entered.length === 0 ? [] : positions.filter((position) => !begun.has(position)));
  if (braked !== null && unseen.size > 0) {
    await store.incidents.setProposal(incidentId, purpose, voided);
    await deps.responders.tell(incidentId, `Not all of it applied: ${braked}`);
    throw new WorldChanged(braked);
  }
  const showApplying = async () => {
    await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'applying' });
    await deps.responders.present(incidentId);
    for (const change of gone) await tellGone(incidentId, change, deps);
  };
  const context = actionContext(deps);
  // Responders read of it while it is done: what is to be cut off does not wait for a message.
  const [entries] = await Promise.all([
    applyAll(set, unseen, voided, context, deps),
    entered.length === 0 ? showApplying() : null,
  ]);

  for (const problem of context.problems) {
    await store.incidents.noteProblem(incidentId, problem);
    await deps.responders.tell(incidentId, problem);
  }

  const count = (wanted: LedgerEntry['state']) => entries.filter(({ state }) => state === wanted).length;
  const [failed, waiting] = [count('failed'), count('waiting')];
  if (waiting === 0) await store.incidents.setProposal(incidentId, purpose, { ...proposal, state: 'applied' });
  return { applied: entries.length - failed - waiting, waiting, failed };
});

/** While a change waits for its time, or for a function that died, the world may move on: then it is no longer what was approved. */
async function refuseIfMoved(
  { incidentId, hash: changeSetHash, purpose }: ChangeSet,
  change: Change,
  position: number,
  voided: Proposal,
  deps: Deps,
): Promise<void> {
  const present = await actionById(change.action).present(actionContext(deps), change);
  if (sameState(present, change.before) || sameState(present, change.after)) return;
  if (isDoneByGoing(change, present)) return tellGone(incidentId, change, deps);
  const moved = `${change.target.id} is no longer as it was when this was proposed`;
  await deps.store.ledger.move({ incidentId, changeSetHash, position }, 'failed', deps.now().toISOString(), moved);
  await deps.store.incidents.setProposal(incidentId, purpose, voided);
  await deps.responders.tell(incidentId, `Not applied: ${moved}`);
  throw new WorldChanged(moved);
}

/**
 * `moved`: the first target that is not as it was when proposed, or whose lease is lost; null where all are. `gone`: the
 * changes whose targets have gone since, which is as good as made.
 */
async function lookAtTargets(
  { incidentId, changes }: ChangeSet,
  deps: Deps,
): Promise<{ readonly moved: string | null; readonly gone: readonly Change[] }> {
  const looks = changes.map(async (change) => {
    const { target } = change;
    const [fence, present] = await Promise.all([
      deps.store.leases.fence(target, incidentId, deps.now().toISOString()),
      actionById(change.action).present(actionContext(deps), change),
    ]);
    if (fence === null && !(await takeAgain(target, incidentId, deps))) return `the lease on ${target.id} is lost`;
    if (isDoneByGoing(change, present)) return change;
    return sameState(present, change.before) ? null : `${target.id} is no longer as it was when this was proposed`;
  });
  const found = await Promise.all(looks);
  return {
    moved: found.find((it) => typeof it === 'string') ?? null,
    gone: found.filter((it) => it !== null && typeof it !== 'string'),
  };
}

/** Why a human has to decide on what none was asked about, as the world stands now; null where nothing speaks against it. */
async function whyAskNow({ changes }: ChangeSet, deps: Deps): Promise<string | null> {
  const ids = [...new Set(changes.map(({ action }) => action))];
  const asks = ids.map((id) =>
    actionById(id).asksNow?.(
      actionContext(deps),
      changes.filter(({ action }) => action === id),
    ),
  );
  return (await Promise.all(asks)).find((ask) => ask !== undefined) ?? null;
}

function tellGone(incidentId: string, { target, line }: Change, { responders }: Deps): Promise<void> {
  return responders.tell(incidentId, `${target.id} has gone since this was proposed; nothing is left to do: ${line}`);
}

/** Another purpose of this incident may have let go of what both work on. The world is looked at all the same. */
async function takeAgain(target: Resource, incidentId: string, { store, now }: Deps): Promise<boolean> {
  const until = new Date(now().getTime() + leaseAgainSeconds * 1_000).toISOString();
  return (await store.leases.take(target, incidentId, now().toISOString(), until)).mine;
}

/** Applies every change once those that must come before it have been, beside whatever need not wait for it. */
async function applyAll(
  set: ChangeSet,
  unseen: ReadonlySet<number>,
  voided: Proposal,
  context: ActionContext,
  deps: Deps,
): Promise<LedgerEntry[]> {
  const applied: Promise<LedgerEntry>[] = [];
  for (const [position, change] of set.changes.entries()) {
    const earlier = applied.filter((_, at) => mustPrecede(set, at, position));
    const before = async (): Promise<LedgerEntry | null> => {
      const ended = await Promise.allSettled(earlier);
      if (unseen.has(position)) await refuseIfMoved(set, change, position, voided, deps);
      const failed = ended.map((it) => (it.status === 'fulfilled' && it.value.state === 'failed' ? it.value : null));
      return failed.find((it) => it !== null) ?? null;
    };
    applied.push(applyOne(set, position, change, before, context, deps));
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
async function applyOne(
  set: ChangeSet,
  position: number,
  change: Change,
  before: () => Promise<LedgerEntry | null>,
  context: ActionContext,
  deps: Deps,
): Promise<LedgerEntry> {
  const { store } = deps;
  const { incidentId, hash: changeSetHash } = set;
  const action = actionById(change.action);
  // What comes strictly one after the other is intended one after the other, too.
  const inOrder = action.after === undefined ? await before() : null;
  const at = () => deps.now().toISOString();
  const fence = await store.leases.fence(change.target, incidentId, at());
  const entry = await intend(deps, { incidentId, changeSetHash, position, change, fence: fence ?? 0 });
  if (entry.state !== 'intent' && entry.state !== 'waiting') return entry;

  const end = async (state: LedgerState, failure: string | null, reference: string | null = null) => {
    await store.ledger.move(entry, state, at(), failure, reference);
    return { ...entry, state, failure, reference };
  };
  if (fence === null || (entry.fence !== 0 && fence !== entry.fence)) {
    return end('failed', `the lease on ${change.target.id} was lost before the change was made`);
  }
  const failedBefore = action.after === undefined ? inOrder : await before();
  if (entry.state === 'waiting') await store.ledger.move(entry, 'intent', at());
  try {
    const came = await action.apply(context, change);
    if (came === undefined) return await end('applied', null);
    if ('reference' in came) return await end('applied', null, came.reference);
    // What it waits for may be what has failed: it would wait in vain.
    return failedBefore === null
      ? await end('waiting', came.waitingFor)
      : await end('failed', `not begun, because a change before it failed: ${failedBefore.change.line}`);
  } catch (error) {
    // The state tries again, and comes back to this very change.
    if (isTransient(error)) throw error;
    deps.log('error', 'a change failed', { incidentId, change: change.id, error: errorName(error) });
    return end('failed', errorName(error));
  }
}

export const handler = lambdaFunction(task);
