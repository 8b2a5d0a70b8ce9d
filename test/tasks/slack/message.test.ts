import fc from 'fast-check';
import { faultOf } from '../../../replay/slack/block-kit';
import { incidentMessage } from '../../../tasks/slack/message';
import type { IncidentView, ProposalView } from '../../../tasks/slack/view';
import { approvalOf, began, hash, incidentOf } from '../answer-slack/stage';
import { actorSaying, decisionRecord, eventRecord } from '../store/records';

function change(text: string, reversible = true): ProposalView['changes'][number] {
  return {
    id: text.slice(0, 50),
    action: 'restore-security-group-rules',
    target: { type: 'AWS::EC2::SecurityGroup', id: 'sg-1' },
    before: { rules: [text] },
    after: { rules: [] },
    line: text,
    reversible,
    knownFrom: 'event',
    owner: text,
    warnings: [text, text, text, text, text],
  };
}

function view(
  text: string,
  changes: number,
  more: Partial<ProposalView['proposal']> = {},
  reversible = true,
): IncidentView {
  const approval = approvalOf({
    approvers: Array.from({ length: 50 }, (_, index) => `U0PERSON${index}`),
    barred: ['U0PERSON7'],
    needed: 2,
    asked: [{ at: began, as: 'asked', userIds: [], notes: Array.from({ length: 9 }, () => text) }],
  });
  return {
    incident: incidentOf({
      decision: decisionRecord({ because: text.slice(0, 300) }),
      facts: { opensToInternet: 'yes', ports: ['22-22'], direction: 'ingress' },
      keys: [{ accessKeyId: text, createdAt: '2024-11-05T09:12:00.000Z' }],
      signs: [{ principal: text, signs: ['no-mfa', 'denied-calls'] }],
      problems: Array.from({ length: 40 }, () => text),
    }),
    reach: { clusters: [{ name: text, tags: {} }], touches: ['nodes'], exposed: [] },
    events: Array.from({ length: 30 }, (_, index) =>
      eventRecord(String(index), {
        name: `${text}:${text}`,
        actor: actorSaying(text),
        subjects: [{ type: 'AWS::EC2::SecurityGroup', id: text }],
      }),
    ),
    proposals: [
      {
        purpose: 'remediate',
        proposal: {
          changeSetHash: hash,
          round: 2,
          moved: 1,
          mode: 'approval',
          restrainedBecause: text,
          approvalId: 'approval-1',
          supersedes: hash,
          state: 'proposed',
          ...more,
        },
        changes: Array.from({ length: changes }, () => change(text, reversible)),
        ledger: [],
        approval,
        before: [change(`${text} before`)],
      },
    ],
    evidence: 7,
    nodes: [],
    partition: 'aws',
    evidenceBucket: 'bucket',
  };
}

test('whatever the size of the incident and of its texts, Slack takes the message', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 4_000 }), fc.integer({ min: 0, max: 300 }), (text, changes) => {
      const { blocks, text: plain } = incidentMessage(view(text, changes));
      expect(faultOf(JSON.parse(JSON.stringify(blocks)))).toBeNull();
      expect(plain.length).toBeLessThanOrEqual(3_000);
    }),
    { numRuns: 60 },
  );
});

test('a button carries the question and the hash that was shown, and irreversible changes ask twice', () => {
  const { blocks } = incidentMessage(view('delete it', 2, {}, false));
  const actions = blocks.find(({ type }) => type === 'actions');
  expect(actions).toMatchObject({
    elements: [
      {
        action_id: 'approve',
        value: JSON.stringify({ approval: 'approval-1', shown: hash }),
        confirm: { title: { text: 'This cannot be undone' } },
      },
      { action_id: 'reject' },
      { action_id: 'more-time', text: { text: '30 min more' } },
    ],
  });
  expect(JSON.stringify(blocks)).toContain('Cannot be undone');
});

test.each([
  [['nodes'], ['payments'], '· payments'],
  [['unknown'], ['analytics', 'payments'], '· cluster not known, perhaps analytics, payments'],
  [['unknown'], [], '· cluster not known'],
])('of clusters touched as %j and named %j the headline says %j', (touches, names, said) => {
  const reach = { clusters: names.map((name) => ({ name, tags: {} })), touches, exposed: [] };
  const [header] = incidentMessage({ ...view('x', 1), reach }).blocks;
  expect(header).toMatchObject({ text: { text: expect.stringMatching(new RegExp(`${said}$`)) } });
});

test('what failed before it was judged is not told as a small matter', () => {
  const it = view('x', 1);
  const [header] = incidentMessage({ ...it, incident: { ...it.incident, severity: null } }).blocks;
  expect(header).toMatchObject({ text: { text: expect.stringMatching(/^🔴 NOT JUDGED · /) } });
});

test('a decided question has no buttons', () => {
  const decided = view('x', 1);
  const [proposal] = decided.proposals;
  if (proposal?.approval == null) throw new Error('no approval');
  const approval = {
    ...proposal.approval,
    status: 'APPROVED' as const,
    votes: [
      {
        userId: 'U0ALICE',
        verdict: 'approve' as const,
        at: '',
        via: 'slack' as const,
        from: '',
        shown: hash,
        reason: null,
      },
    ],
  };
  const { blocks } = incidentMessage({ ...decided, proposals: [{ ...proposal, approval }] });
  expect(blocks.some(({ type }) => type === 'actions')).toBe(false);
  expect(JSON.stringify(blocks)).toContain('Approved by <@U0ALICE>');
});

test.each([
  ['aws', 'https://eu-central-1.console.aws.amazon.com/states'],
  ['aws-cn', 'https://eu-central-1.console.amazonaws.cn/states'],
  ['aws-us-gov', 'https://eu-central-1.console.amazonaws-us-gov.com/states'],
])('the execution is linked in the console of %s', (partition, url) => {
  expect(JSON.stringify(incidentMessage({ ...view('x', 1), partition }).blocks)).toContain(url);
});
