import type { Proposal } from '../../../runbooks/decision';
import { outcomeOf } from '../../../tasks/close-incident/outcome';

const none = { protect: null, contain: null, expel: null, remediate: null, undo: null };
const proposal = (state: Proposal['state']): Proposal => ({
  ...{ changeSetHash: 'h', round: 1, moved: 0, mode: 'approval', restrainedBecause: null, approvalId: null },
  ...{ supersedes: null, state },
});
type Purposes = Partial<Record<keyof typeof none, Proposal['state']>>;

test.each<[Purposes, string]>([
  [{}, 'recorded'],
  [{ contain: 'verified' }, 'contained'],
  [{ protect: 'verified', contain: 'verified' }, 'contained'],
  [{ remediate: 'verified' }, 'remediated'],
  [{ contain: 'verified', remediate: 'verified' }, 'remediated'],
  [{ contain: 'verified', remediate: 'rejected' }, 'rejected'],
  [{ contain: 'verified', remediate: 'unanswered' }, 'unanswered'],
  [{ contain: 'verified', remediate: 'failed' }, 'failed'],
  [{ contain: 'unresolved' }, 'unresolved'],
  [{ contain: 'verified', undo: 'verified' }, 'undone'],
])('an incident of %j ends %s', (states, outcome) => {
  const proposals = Object.fromEntries(Object.entries(states).map(([purpose, state]) => [purpose, proposal(state)]));
  expect(outcomeOf({ decision: null, proposals: { ...none, ...proposals } }, [])).toBe(outcome);
});

test.each([
  ['remediated', 'contained', 'remediated'],
  ['recorded', 'contained', 'contained'],
  ['remediated', 'unanswered', 'unanswered'],
  ['rejected', 'contained', 'rejected'],
] as const)('%s by itself, with a node whose incident ended %s: %s', (own, node, outcome) => {
  const states = { remediated: 'verified', rejected: 'rejected', recorded: null } as const;
  const state = states[own];
  const proposals = { ...none, remediate: state === null ? null : proposal(state) };
  expect(outcomeOf({ decision: null, proposals }, [], [node])).toBe(outcome);
});
