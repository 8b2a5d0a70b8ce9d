import type { Approval } from '../../../runbooks/approval';
import type { ChangeSet } from '../../../runbooks/change';
import type { Proposal } from '../../../runbooks/decision';
import { whyNot } from '../../../tasks/apply-changes/authority';
import { approvalOf } from '../answer-slack/stage';

const set = (
  more: Partial<ChangeSet['changes'][number]> = {},
  purpose: ChangeSet['purpose'] = 'remediate',
): ChangeSet => ({
  incidentId: 'incident-1',
  purpose,
  round: 1,
  hash: 'shown',
  changes: [
    {
      id: 'c',
      action: 'a',
      target: { type: 't', id: 'i' },
      before: null,
      after: null,
      line: '',
      reversible: true,
      knownFrom: 'event',
      owner: null,
      warnings: [],
      ...more,
    },
  ],
});
const proposal = (mode: Proposal['mode']): Proposal => ({
  changeSetHash: 'shown',
  round: 1,
  mode,
  restrainedBecause: null,
  approvalId: null,
  moved: 0,
  supersedes: null,
  state: 'proposed',
});
const approval = (more: Partial<Approval>, ...users: string[]): Approval =>
  approvalOf({
    changeSetHash: 'shown',
    status: 'APPROVED',
    approvers: users,
    votes: users.map((userId) => ({
      userId,
      verdict: 'approve',
      at: '',
      via: 'slack',
      from: '',
      shown: 'shown',
      reason: null,
    })),
    ...more,
  });

test.each<[string, ChangeSet, Proposal['mode'], Approval | null, string | null]>([
  ['automatic, reversible, known', set(), 'automatic', null, null],
  [
    'automatic without a way back',
    set({ reversible: false }),
    'automatic',
    null,
    'it cannot be undone and nobody approved it',
  ],
  [
    'automatic of the recommended minimum',
    set({ knownFrom: 'recommended-minimum' }),
    'automatic',
    null,
    'nobody knows what stood before and nobody approved it',
  ],
  ['observed', set(), 'observe', approval({}, 'U1'), 'it was only to be observed'],
  ['never asked', set(), 'approval', null, 'nobody was asked'],
  ['approved', set(), 'approval', approval({}, 'U1'), null],
  [
    'approved as another hash',
    set(),
    'approval',
    approval({ changeSetHash: 'other' }, 'U1'),
    'what was approved is something else',
  ],
  [
    'approved of another incident',
    set(),
    'approval',
    approval({ incidentId: 'incident-2' }, 'U1'),
    'what was approved is something else',
  ],
  ['rejected', set(), 'approval', approval({ status: 'REJECTED' }, 'U1'), 'the approval is REJECTED'],
  ['pending', set(), 'approval', approval({ status: 'PENDING' }), 'the approval is PENDING'],
  ['void', set(), 'approval', approval({ status: 'VOID' }, 'U1'), 'the approval is VOID'],
  ['approved by one of two', set(), 'approval', approval({ needed: 2 }, 'U1'), '1 of 2 approved'],
  ['approved twice by one', set(), 'approval', approval({ needed: 2 }, 'U1', 'U1'), '1 of 2 approved'],
  ['approved by the actor', set(), 'approval', approval({ barred: ['U1'] }, 'U1'), '0 of 1 approved'],
  ['approved by nobody who was asked', set(), 'approval', approval({ approvers: [] }, 'U1'), '0 of 1 approved'],
  [
    'approved as something else was shown',
    set(),
    'approval',
    approval({ votes: approval({}, 'U1').votes.map((vote) => ({ ...vote, shown: 'other' })) }, 'U1'),
    '0 of 1 approved',
  ],
  ['irreversible, approved by one', set({ reversible: false }), 'approval', approval({}, 'U1'), '1 of 2 approved'],
  ['irreversible, approved by two', set({ reversible: false }), 'approval', approval({}, 'U1', 'U2'), null],
  ['silent, and silence applies', set(), 'approval', approval({ status: 'EXPIRED', onSilence: 'apply' }), null],
  ['silent, and silence leaves', set(), 'approval', approval({ status: 'EXPIRED' }), 'nobody answered in time'],
  [
    'silent, irreversible',
    set({ reversible: false }),
    'approval',
    approval({ status: 'EXPIRED', onSilence: 'apply' }),
    'nobody answered in time',
  ],
  [
    'silent, an undo',
    set({}, 'undo'),
    'approval',
    approval({ status: 'EXPIRED', onSilence: 'apply' }),
    'nobody answered in time',
  ],
])('%s', (_, given, mode, answer, why) => {
  expect(whyNot(given, proposal(mode), answer)).toBe(why);
});
