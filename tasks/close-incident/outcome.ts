import type { LedgerEntry, LedgerState } from '../../runbooks/change';
import { plannedPurpose } from '../../runbooks/decision';
import type { IncidentOutcome } from '../../runbooks/incident';
import type { Incident } from '../store/incidents';

/** What the world still shows of a change, whole or in part. */
export const standingStates: ReadonlySet<LedgerState> = new Set(['applied', 'verified', 'partly-applied']);

/** How an incident ends where the plan or people stand by what is there now. */
export const acceptedOutcomes: ReadonlySet<IncidentOutcome> = new Set([
  'recorded',
  'contained',
  'remediated',
  'rejected',
  'nothing-to-change',
  'undone',
]);

/** From what leaves most to do to what leaves nothing. */
const leavingMost: readonly IncidentOutcome[] = [
  'failed',
  'partly-applied',
  'contested',
  'unresolved',
  'unanswered',
  'rejected',
  'observed',
  'partly-undone',
  'contained',
  'remediated',
  'undone',
  'nothing-to-change',
  'recorded',
];

/**
 * How an incident ended, by what was proposed and done, and by how those ended that served it. Of several answers the one
 * that leaves most to do is told: nobody should read 'remediated' over something that was refused.
 */
export function outcomeOf(
  incident: Pick<Incident, 'decision' | 'proposals'>,
  ledger: readonly LedgerEntry[],
  children: readonly IncidentOutcome[] = [],
): IncidentOutcome {
  const own = ownOutcome(incident, ledger);
  // What was contained by the others is what this one has put right.
  if (own === 'remediated' && children.every((it) => it === 'contained')) return own;
  return leavingMost.find((each) => each === own || children.includes(each)) ?? own;
}

function ownOutcome(
  { decision, proposals }: Pick<Incident, 'decision' | 'proposals'>,
  ledger: readonly LedgerEntry[],
): IncidentOutcome {
  if (proposals.undo?.state === 'verified') {
    return ledger.some(({ state, change }) => standingStates.has(state) && !isUndo(change))
      ? 'partly-undone'
      : 'undone';
  }
  const states = plannedPurpose.options.map((purpose) => proposals[purpose]?.state);
  const stands = ledger.some(({ state }) => standingStates.has(state));
  if (states.some((state) => state === 'failed' || state === 'applying' || state === 'applied')) {
    return stands ? 'partly-applied' : 'failed';
  }
  if (states.includes('contested') || states.includes('void')) return 'contested';
  if (states.includes('unresolved')) return 'unresolved';
  if (states.includes('unanswered')) return 'unanswered';
  if (states.includes('rejected')) return 'rejected';
  if (states.includes('observed')) return stands ? 'partly-applied' : 'observed';
  if (proposals.remediate?.state === 'verified') return 'remediated';
  if (states.includes('verified')) return 'contained';
  const planned = decision !== null && plannedPurpose.options.some((purpose) => decision[purpose].mode !== 'never');
  return planned ? 'nothing-to-change' : 'recorded';
}

function isUndo({ knownFrom }: LedgerEntry['change']): boolean {
  return knownFrom === 'ledger';
}
