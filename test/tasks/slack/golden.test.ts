import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultOf, faultOfForm } from '../../../replay/slack/block-kit';
import type { Approval } from '../../../runbooks/approval';
import type { Change, LedgerEntry } from '../../../runbooks/change';
import type { Proposal, Purpose } from '../../../runbooks/decision';
import type { Actor } from '../../../runbooks/incident';
import { inWords } from '../../../tasks/slack/in-words';
import { incidentMessage } from '../../../tasks/slack/message';
import { rejectionForm } from '../../../tasks/slack/rejection-form';
import type { IncidentView, ProposalView } from '../../../tasks/slack/view';
import type { Incident } from '../../../tasks/store/incidents';
import { approvalOf, began, hash, incidentOf } from '../answer-slack/stage';
import { decisionRecord } from '../store/records';

/** One file for each kind of message. `UPDATE_GOLDEN=1 npx jest golden` writes them anew: look at what has changed. */
const folder = join(__dirname, 'golden');

const actor: Actor = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::111122223333:assumed-role/PlatformEngineer/alice@example.com',
  name: 'PlatformEngineer',
  service: null,
  principalArn: 'arn:aws:iam::111122223333:role/PlatformEngineer',
  sessionName: 'alice@example.com',
  accountId: '111122223333',
  sourceIp: '203.0.113.25',
  userAgent: 'aws-cli/2.31.0',
  mfa: true,
  accessKeyId: null,
  sessionSince: null,
};

const revoke: Change = {
  id: 'revoke',
  action: 'restore-security-group-rules',
  target: { type: 'AWS::EC2::SecurityGroup', id: 'sg-1' },
  before: { rules: ['ingress tcp 22 from 0.0.0.0/0'] },
  after: { rules: [] },
  line: 'sg-1: revoke ingress tcp 22 from 0.0.0.0/0',
  reversible: true,
  knownFrom: 'event',
  owner: null,
  warnings: [],
};
const destroy: Change = {
  ...revoke,
  id: 'delete',
  line: 'payments: delete the cluster',
  reversible: false,
  warnings: ['Its workloads end.'],
};

const vote = (userId: string, more: Partial<Approval['votes'][number]> = {}): Approval['votes'][number] => ({
  userId,
  verdict: 'approve',
  at: '2026-03-14T02:51:00.000Z',
  via: 'slack',
  from: 'Slack T07LOCAL C07INCIDENTS',
  shown: hash,
  reason: null,
  ...more,
});

interface Told {
  readonly purpose?: Purpose;
  readonly approval?: Partial<Approval> | null;
  readonly proposal?: Partial<Proposal>;
  readonly incident?: Partial<Incident>;
  readonly changes?: readonly Change[];
  readonly before?: readonly Change[];
  readonly ledger?: LedgerEntry['state'];
}

function view(told: Told): IncidentView {
  const { purpose = 'remediate', changes = [revoke], before = null, ledger } = told;
  const proposal: ProposalView = {
    purpose,
    proposal: {
      changeSetHash: hash,
      round: before === null ? 1 : 2,
      moved: before === null ? 0 : 1,
      mode: 'approval',
      restrainedBecause: null,
      approvalId: 'approval-1',
      supersedes: before === null ? null : 'b'.repeat(64),
      state: 'proposed',
      ...told.proposal,
    },
    changes,
    ledger:
      ledger === undefined
        ? []
        : changes.map((change, position) => ({
            incidentId: 'incident-1',
            changeSetHash: hash,
            position,
            change,
            inverse: { ...change, id: 'inverse' },
            state: ledger,
            fence: 1,
            intendedAt: began,
            at: began,
            reference: null,
            failure: ledger === 'failed' ? 'AccessDenied: not allowed' : null,
          })),
    approval:
      told.approval === null ? null : approvalOf({ approvers: ['U0ALICE', 'U0BOB', 'U0CAROL'], ...told.approval }),
    before,
  };
  return {
    incident: incidentOf({
      decision: decisionRecord({
        ruleId: 'world-open-on-a-sensitive-port',
        because: 'A port that nobody should reach from the internet was opened to every address.',
        planDigest: hash,
        at: began,
      }),
      ...told.incident,
    }),
    reach: { clusters: [{ name: 'payments', tags: {} }], touches: ['nodes'], exposed: [] },
    events: [
      {
        eventId: 'e1',
        time: began,
        name: 'ec2.amazonaws.com:AuthorizeSecurityGroupIngress',
        actor,
        subjects: [{ type: 'AWS::EC2::SecurityGroup', id: 'sg-1' }],
        facts: null,
        touches: [],
        evidence: null,
      },
    ],
    proposals: [proposal],
    evidence: 3,
    nodes: [],
    partition: 'aws',
    evidenceBucket: 'evidence',
  };
}

const closed = { status: 'closed', outcome: 'remediated' } as const;

const kinds: readonly (readonly [string, Told])[] = [
  ['asked', {}],
  ['asked-of-two-irreversible', { approval: { needed: 2, votes: [vote('U0BOB')] }, changes: [revoke, destroy] }],
  ['asked-again', { before: [{ ...revoke, line: 'sg-1: revoke ingress tcp 3306 from 0.0.0.0/0' }] }],
  [
    'barred-and-by-the-fallback',
    {
      approval: {
        barred: ['U0ALICE'],
        asked: [
          {
            at: began,
            as: 'asked',
            userIds: [],
            notes: [
              'The user group S07ONCALL could not be looked up (no_such_subteam): the fallback of on-call is asked instead.',
            ],
          },
        ],
      },
    },
  ],
  [
    'escalated-with-more-time',
    {
      approval: {
        asked: [{ at: began, as: 'escalated', userIds: ['U0CAROL'], notes: [] }],
        extensions: [
          { userId: 'U0BOB', at: began, via: 'slack', from: '', shown: hash, until: '2026-03-14T03:47:00.000Z' },
        ],
        deadline: '2026-03-14T03:47:00.000Z',
      },
    },
  ],
  ['silence-applies', { approval: { onSilence: 'apply' } }],
  [
    'being-applied',
    { proposal: { state: 'applying' }, ledger: 'intent', approval: { status: 'APPROVED', votes: [vote('U0BOB')] } },
  ],
  [
    'verified-with-undo',
    {
      proposal: { state: 'verified' },
      ledger: 'verified',
      approval: { status: 'APPROVED', votes: [vote('U0BOB')] },
      incident: closed,
    },
  ],
  [
    'failed',
    {
      proposal: { state: 'failed' },
      ledger: 'failed',
      approval: { status: 'APPROVED', votes: [vote('U0BOB')] },
      incident: { status: 'failed', outcome: 'failed', problems: ['AccessDenied: not allowed'] },
    },
  ],
  [
    'rejected',
    {
      proposal: { state: 'rejected' },
      approval: { status: 'REJECTED', votes: [vote('U0BOB', { verdict: 'reject', reason: 'Planned <!here>' })] },
      incident: { ...closed, outcome: 'rejected' },
    },
  ],
  [
    'decided-at-the-command-line',
    {
      proposal: { state: 'applied' },
      ledger: 'applied',
      approval: { status: 'APPROVED', votes: [vote('U0BOB', { via: 'command-line' })] },
    },
  ],
  [
    'unanswered',
    {
      proposal: { state: 'unanswered' },
      approval: { status: 'EXPIRED' },
      incident: { ...closed, outcome: 'unanswered' },
    },
  ],
  ['overtaken', { proposal: { state: 'void' }, approval: { status: 'APPROVED', votes: [vote('U0BOB')] } }],
  [
    'contested',
    {
      proposal: {
        state: 'contested',
        restrainedBecause: 'What was to be changed has moved under every proposal: somebody is fighting back.',
      },
      approval: null,
      incident: { ...closed, outcome: 'contested' },
    },
  ],
  [
    'only-observed',
    {
      proposal: {
        state: 'observed',
        mode: 'observe',
        approvalId: null,
        restrainedBecause: 'Observe-only mode is on: the first weeks',
      },
      approval: null,
    },
  ],
  [
    'automatic',
    {
      proposal: { state: 'verified', mode: 'automatic', approvalId: null },
      ledger: 'verified',
      approval: null,
      incident: closed,
    },
  ],
  ['undo-asked', { purpose: 'undo', incident: { ...closed } }],
];

test.each(kinds)('%s', (name, told) => {
  const { text, blocks } = incidentMessage(view(told));
  expect(faultOf(JSON.parse(JSON.stringify(blocks)))).toBeNull();
  matches(`${name}.json`, `${JSON.stringify({ text, blocks }, null, 2)}\n`);
});

test('the form for a rejection', () => {
  const form = rejectionForm({ approval: 'approval-1', shown: hash, channel: 'C07INCIDENTS' });
  expect(faultOfForm(form)).toBeNull();
  matches('form-reject.json', `${JSON.stringify(form, null, 2)}\n`);
});

test('the fallback without Slack', () => {
  matches('fallback.txt', `${inWords(view({}))}\n`);
});

function matches(name: string, made: string): void {
  const file = join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(file)) writeFileSync(file, made);
  expect(made).toBe(readFileSync(file, 'utf8'));
}
