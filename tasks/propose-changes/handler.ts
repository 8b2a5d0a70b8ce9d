import { type Change, type ChangeSet, hashChangeSet } from '../../runbooks/change';
import type { Mode, Proposal, Purpose } from '../../runbooks/decision';
import { actionContext } from '../action-context';
import { actionById } from '../actions/registry';
import type { Deps } from '../deps';
import { distinctResources } from '../distinct-resources';
import type { Dossier } from '../dossier';
import { IncidentOpen, RecordMissing } from '../errors';
import { letGo } from '../let-go';
import { readDossier } from '../read-dossier';
import { type AskingResponse, responseTo } from '../response-to';
import { type Incident, type Reach, unknownTouch } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { longestPatienceSeconds, proposeChanges } from './contract';
import { proposeEach } from './propose-each';
import { type Restraint, restrain } from './restrain';
import { proposeUndo } from './undo';

/** The first proposal and two more: a world that moves under all three is somebody who fights back. */
const proposals = 3;
/** The lease outlives the question and the work by the time that goes by between a machine's states. */
const leaseBeyondSeconds = 3_600;
/** What an action's change may take where the action says nothing: a prefix list's new version takes minutes. */
const usualPatienceSeconds = 300;

export const task = defineTask(proposeChanges, async ({ incidentId, purpose, mayJudgeAgain, mayWait }, deps) => {
  const { incident, reach, dossier } = await readDossier(deps, incidentId);
  // Its own machine would change what is taken back here, and find its record closed.
  if (purpose === 'undo' && incident.status === 'open')
    throw new IncidentOpen(`the incident ${incidentId} is still open`);
  const response = incident.decision === null ? null : responseTo(incident.decision, purpose);
  if (response === null) throw new RecordMissing(`nothing is decided to ${purpose} in incident ${incidentId}`);
  const ends = { changeSetHash: null, waitSeconds: firstWait(response), patienceSeconds: usualPatienceSeconds };
  if (mayJudgeAgain && incident.version !== incident.decision?.incidentVersion)
    return { ...ends, result: 'outdated' as const };

  const previous = incident.proposals[purpose];
  const contested = async (why: string, changes: readonly Change[] = []) => {
    await letGoOfProposal(incident, purpose, deps, changes);
    await deps.store.incidents.setProposal(incidentId, purpose, {
      changeSetHash: previous?.changeSetHash ?? '',
      round: previous?.round ?? 1,
      moved: previous?.moved ?? 0,
      mode: 'observe',
      restrainedBecause: why,
      approvalId: previous?.approvalId ?? null,
      supersedes: previous?.supersedes ?? null,
      state: 'contested',
    });
    await deps.responders.present(incidentId);
    await deps.responders.tell(incidentId, why);
    return { ...ends, result: 'contested' as const };
  };

  // A proposal that has not been put to anybody is made again in place: this task may run twice.
  const round =
    previous === null || previous.state === 'unresolved'
      ? 1
      : previous.state === 'proposed' && previous.approvalId === null
        ? previous.round
        : previous.round + 1;
  // A further round may come of an event that joined as well: only a world that moved speaks of somebody else's hand.
  const moved =
    previous === null
      ? 0
      : previous.state === 'void'
        ? previous.moved + 1
        : round === previous.round
          ? previous.moved
          : 0;
  const context = actionContext(deps);
  let changes: Change[];
  if (purpose === 'undo') {
    const undo = await proposeUndo(context, deps, incidentId);
    for (const left of undo.left) {
      await deps.store.incidents.noteProblem(incidentId, left);
      await deps.responders.tell(incidentId, left);
    }
    changes = undo.changes;
  } else {
    if (moved >= proposals)
      return contested('What was to be changed has moved under every proposal: somebody is fighting back.');
    const proposed = await proposeEach(response.actions, purpose, context, dossier);
    // One action may begin with a change that the plan names as well.
    changes = [...new Map(proposed.map((change) => [change.id, change])).values()];
  }
  await deps.store.incidents.noteProblems(incidentId, context.problems);
  for (const left of context.left) {
    await deps.store.incidents.noteProblem(incidentId, left);
    await deps.responders.tell(incidentId, left);
  }
  if (changes.length === 0) {
    const nothing = context.left.size === 0 ? null : unresolved([...context.left].join(' '));
    // What was done in an earlier round stays on record.
    if (previous?.state !== 'verified') await deps.store.incidents.setProposal(incidentId, purpose, nothing);
    if (nothing !== null || incident.message === null) await deps.responders.present(incidentId);
    return { ...ends, result: 'nothing' as const };
  }

  // People have said no to exactly this: that an event joined since is no reason to ask them again.
  if (previous !== null && (await isRefused(previous, { incidentId, purpose, changes }, deps))) {
    return { ...ends, result: 'nothing' as const };
  }

  const patienceSeconds = patienceFor(changes);
  const { bySeconds, times } = response.moreTime;
  const leased = response.withinSeconds + bySeconds * times + patienceSeconds + leaseBeyondSeconds;
  const until = new Date(deps.now().getTime() + leased * 1_000).toISOString();
  const leases = distinctResources(changes.map(({ target }) => target)).map(async (target) => ({
    target,
    ...(await deps.store.leases.take(target, incidentId, deps.now().toISOString(), until)),
  }));
  const [taken, braked] = await Promise.all([Promise.all(leases), deps.store.brake.observeOnly()]);
  const lost = taken.find(({ mine }) => !mine);
  if (lost !== undefined) {
    const held = `${lost.target.id} is being changed by the incident ${lost.lease.holder ?? 'unknown'}.`;
    if (!mayWait) return contested(held, changes);
    // What it has taken already it gives back: two incidents that hold what the other waits for would wait for ever.
    await letGoOfProposal(incident, purpose, deps, changes);
    if (incident.message === null) await deps.responders.present(incidentId);
    return { ...ends, result: 'held' as const };
  }

  const unhashed = { incidentId, purpose, round, changes };
  const set: ChangeSet = { ...unhashed, hash: hashChangeSet(unhashed) };
  const note = async (): Promise<Restraint> => {
    const [restraint] = await Promise.all([
      restrainIt(incident, reach, response, set, braked, deps),
      deps.store.ledger.propose(set),
    ]);
    const proposal: Proposal = {
      changeSetHash: set.hash,
      round,
      moved,
      mode: restraint.mode,
      restrainedBecause: restraint.because,
      approvalId: null,
      supersedes: round === previous?.round ? previous.supersedes : previous?.changeSetHash || null,
      state: restraint.mode === 'observe' ? 'observed' : 'proposed',
    };
    await Promise.all([
      deps.store.incidents.setProposal(incidentId, purpose, proposal),
      deps.store.incidents.set(incidentId, { rounds: incident.rounds + 1 }),
    ]);
    return restraint;
  };
  const [restraint] = await Promise.all([
    note(),
    deps.evidence.keep(
      incidentId,
      'change-set',
      `change-sets/${set.hash}`,
      `${changes.length} change(s) proposed to ${purpose}, round ${round}`,
      set,
      proposeChanges.id,
    ),
    keepWhatGoes(set, deps),
  ]);
  if (restraint.mode === 'observe') {
    await letGoOfProposal(incident, purpose, deps, changes);
    await deps.responders.present(incidentId);
  }
  return { result: restraint.mode, changeSetHash: set.hash, waitSeconds: firstWait(response), patienceSeconds };
});

/** Something should be changed, and nobody knows into what: it is people's. */
function unresolved(why: string): Proposal {
  const none = { changeSetHash: '', round: 1, moved: 0, mode: 'observe' as const, approvalId: null, supersedes: null };
  return { ...none, restrainedBecause: why, state: 'unresolved' };
}

/** What cannot be brought back is in the evidence before anybody is asked whether it may go: where it cannot be had, nobody is. */
async function keepWhatGoes({ incidentId, hash, changes }: ChangeSet, deps: Deps): Promise<void> {
  for (const change of changes.filter(({ reversible }) => !reversible)) {
    const { target, action } = change;
    const state = (await actionById(action).takesAway?.(actionContext(deps), change)) ?? null;
    if (state === null) continue;
    await deps.evidence.preserve(
      incidentId,
      'to-be-deleted',
      `change-sets/${hash}/${target.type.replaceAll('::', '-')}/${encodeURIComponent(target.id)}`,
      `${target.type} ${target.id}, whole, before it is deleted`,
      state,
      proposeChanges.id,
    );
  }
}

/** Asking takes a moment too: the wait ends when what is due is due, not just before. */
const askingSeconds = 3;

function firstWait({ withinSeconds, remindAfterSeconds, escalate }: AskingResponse): number {
  return Math.min(withinSeconds, remindAfterSeconds, escalate?.afterSeconds ?? withinSeconds) + askingSeconds;
}

/** Changes of one action go on beside each other; those of several may have to wait for one another. */
function patienceFor(changes: readonly Change[]): number {
  const ids = [...new Set(changes.map(({ action }) => action))];
  const sum = ids.reduce((total, id) => total + (actionById(id).takesSeconds ?? usualPatienceSeconds), 0);
  return Math.min(sum, longestPatienceSeconds);
}

async function isRefused(
  { approvalId, changeSetHash, round }: Proposal,
  effects: Pick<ChangeSet, 'incidentId' | 'purpose' | 'changes'>,
  { store }: Deps,
): Promise<boolean> {
  if (approvalId === null || hashChangeSet({ ...effects, round }) !== changeSetHash) return false;
  return (await store.approvals.read(approvalId)).status === 'REJECTED';
}

async function restrainIt(
  incident: Incident,
  { clusters, touches }: Reach,
  response: AskingResponse,
  set: ChangeSet,
  braked: string | null,
  deps: Deps,
): Promise<Restraint> {
  const { plan } = deps.plan(incident.category);
  const mode: Mode = response.mode;
  // To keep what is there from being lost harms nobody, however often it is done and whosever it is.
  const protects = set.purpose === 'protect';
  const scopeKnown = protects || !touches.includes(unknownTouch);
  const needsCap = braked === null && mode === 'automatic' && !protects && scopeKnown;
  return restrain({
    mode,
    changes: set.changes,
    braked,
    scopeKnown,
    withinCap: !needsCap || (await countAgainstCaps(incident, clusters, plan.caps.automaticPerClusterAndHour, deps)),
  });
}

/** Counts this incident once for each of its clusters. */
async function countAgainstCaps(
  incident: Incident,
  clusters: Dossier['clusters'],
  cap: number,
  { store, now }: Deps,
): Promise<boolean> {
  const seconds = Math.floor(now().getTime() / 1_000);
  for (const { name } of clusters) {
    if (!(await store.brake.withinCap(`automatic#${incident.category}#${name}`, incident.id, cap, seconds)))
      return false;
  }
  return true;
}

/** Lets go of what an earlier proposal held. */
async function letGoOfProposal(
  incident: Incident,
  purpose: Purpose,
  { store }: Deps,
  changes?: readonly Change[],
): Promise<void> {
  const hash = incident.proposals[purpose]?.changeSetHash;
  const earlier = hash === undefined || hash === '' ? [] : (await store.ledger.proposal(incident.id, hash)).changes;
  await letGo(
    store,
    incident.id,
    purpose,
    [...earlier, ...(changes ?? [])].map(({ target }) => target),
  );
}

export const handler = lambdaFunction(task);
