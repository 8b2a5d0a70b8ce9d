import { faultOf } from '../../../replay/slack/block-kit';
import { inWords } from '../../../tasks/slack/in-words';
import { incidentMessage } from '../../../tasks/slack/message';
import { inert } from '../../../tasks/slack/text';
import type { IncidentView } from '../../../tasks/slack/view';
import { approvalOf, began, hash, incidentOf } from '../answer-slack/stage';
import { actorSaying, eventRecord } from '../store/records';

/** What somebody would write into a session's name, a user agent or a tag to have it do something in Slack. */
const hostile: readonly (readonly [string, string])[] = [
  ['a mention of everybody', '<!channel> <!here> <!everyone>'],
  ['a mention of a user and a group', '<@U07ALICE> <!subteam^S07ONCALL>'],
  ['a channel', '<#C07INCIDENTS>'],
  ['a link under other words', '<https://evil.example.com|Approve>'],
  ['a bare link', 'https://evil.example.com/approve'],
  ['formatting', '*bold* _italic_ ~struck~ `code` ```block``` > quote'],
  ['the end of a code span', '` <!channel> `'],
  ['a date with a link', '<!date^1392734382^{date}^https://evil.example.com|x>'],
  ['entities', '&lt;!channel&gt; &amp;lt;'],
  ['right-to-left marks', '\u202Eevorppa\u202C \u2066x\u2069 \u200F'],
  ['what nobody sees', 'a\u200Bb\u2060c\uFEFFd\u{E0041}'],
  ['lines', 'one\ntwo\r\nthree\u2028four\u2029five'],
  ['controls', '\u0000\u0007\u001B[31mred'],
  ['emoji', ':rotating_light: 🚨👩‍👩‍👧‍👦 :approve:'],
  ['ten thousand characters', '<!channel>'.repeat(1_000)],
  ['ten thousand emoji', '🚨'.repeat(10_000)],
  ['ten thousand ampersands', '&'.repeat(10_000)],
  ['half a character', '\uD800x\uDC00'],
];

function view(text: string): IncidentView {
  const change = {
    id: 'c',
    action: 'a',
    target: { type: 't', id: text },
    before: { tag: text },
    after: { [text]: text },
    line: text,
    reversible: true,
    knownFrom: 'event' as const,
    owner: text,
    warnings: [text],
  };
  const vote = {
    userId: 'U0BOB',
    verdict: 'reject' as const,
    at: began,
    via: 'slack' as const,
    from: text,
    shown: hash,
    reason: text,
  };
  const proposal = {
    changeSetHash: hash,
    round: 2,
    moved: 0,
    mode: 'approval' as const,
    restrainedBecause: text,
    approvalId: 'a',
    supersedes: hash,
    state: 'proposed' as const,
  };
  const ledger = [
    {
      incidentId: 'i',
      changeSetHash: hash,
      position: 0,
      change,
      inverse: null,
      state: 'failed' as const,
      fence: 1,
      intendedAt: began,
      at: began,
      reference: null,
      failure: text,
    },
  ];
  return {
    incident: incidentOf({ problems: [text], region: text }),
    reach: { clusters: [{ name: text, tags: { [text]: text } }], touches: [text], exposed: [] },
    events: [eventRecord(text, { name: `s:${text}`, actor: actorSaying(text), subjects: [{ type: 't', id: text }] })],
    proposals: [
      {
        purpose: 'remediate',
        proposal,
        changes: [change],
        ledger,
        approval: approvalOf(),
        before: [{ ...change, line: `${text} before` }],
      },
      {
        purpose: 'contain',
        proposal: { ...proposal, state: 'rejected' },
        changes: [change],
        ledger: [],
        approval: approvalOf({ status: 'REJECTED', votes: [vote] }),
        before: null,
      },
    ],
    evidence: 1,
    nodes: [],
    partition: 'aws',
    evidenceBucket: 'evidence',
  };
}

/** Everything in a message that Slack would act on: in mrkdwn what stands between angle brackets, outside code spans the marks. */
function active(text: string): string[] {
  return [...text.matchAll(/<([^>]*)>/g)].map(([, inner = '']) => inner);
}

const ours =
  /^(!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[-0-9T:.Z]+|@U0[A-Z]+|https:\/\/[^|]*\.console\.aws\.amazon\.com\/[^|]*\|(Execution|Evidence))$/;

describe.each(hostile)('%s', (_, text) => {
  const { blocks, text: plain } = incidentMessage(view(text));
  const mrkdwn: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) collect(item);
    else if (typeof value === 'object' && value !== null) {
      const it = value as { type?: string; text?: unknown };
      if (it.type === 'mrkdwn') mrkdwn.push(String(it.text));
      for (const inner of Object.values(value)) collect(inner);
    }
  };
  collect(blocks);

  test('is within Slack’s limits', () => {
    expect(faultOf(JSON.parse(JSON.stringify(blocks)))).toBeNull();
    expect(plain.length).toBeLessThanOrEqual(3_000);
  });

  test('mentions nobody, links nowhere', () => {
    const acting = mrkdwn
      .flatMap(active)
      .filter((inner) => !ours.test(inner) && !inner.includes('.console.aws.amazon.com/'));
    expect(acting).toEqual([]);
    expect(active(plain)).toEqual([]);
  });

  test('turns no text round and makes no line', () => {
    for (const one of mrkdwn) expect(one).not.toMatch(/(?![\n\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(inWords(view(text))).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test('is one code span wherever it stands', () => {
    const shown = inert(text, 200);
    expect(shown).toMatch(/^`[^`\n]*`$/);
  });
});
