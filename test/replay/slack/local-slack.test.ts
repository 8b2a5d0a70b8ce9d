import { LocalSlack } from '../../../replay/slack/local-slack';
import { codeOf } from '../../../tasks/slack/approvers';
import { slackClient } from '../../../tasks/slack/client';
import { rejectionForm } from '../../../tasks/slack/rejection-form';
import { atOnce } from '../../tasks/answer-slack/aws-endpoint';

/** The real client against the local Slack: each method as it is used, and the errors that Slack gives. */
let slack: LocalSlack;
let now = 1_000_000;
let delivered: {
  event: { headers: Record<string, string>; body: string };
  answer: { statusCode: number; body?: string };
}[] = [];
let answer: { statusCode: number; body?: string } = { statusCode: 200 };

beforeEach(async () => {
  delivered = [];
  answer = { statusCode: 200 };
  slack = await LocalSlack.start({
    scheduler: { ...atOnce, now: () => now },
    botToken: 'xoxb-local',
    signingSecret: 'secret',
    channels: ['C1'],
    directory: {
      users: {
        U0ALICE: { email: 'alice@example.com', bot: false, deactivated: false, otherWorkspace: false },
        U0BOT: { bot: true, deactivated: false, otherWorkspace: false },
        U0GONE: { email: 'gone@example.com', bot: false, deactivated: true, otherWorkspace: false },
        U0GUEST: { bot: false, deactivated: false, otherWorkspace: true },
      },
      userGroups: { S0ONCALL: ['U0ALICE', 'U0GONE'] },
    },
    deliver: async (event) => {
      delivered.push({ event: event as (typeof delivered)[number]['event'], answer });
      return answer;
    },
  });
});
afterEach(() => slack.close());

const api = (token = 'xoxb-local') => slackClient(token, slack.apiUrl, true);
const message = { text: 'hello', blocks: [] };
const error = (work: Promise<unknown>) => work.then(() => 'none', codeOf);

test('messages, threads, rewriting and whispers', async () => {
  const { ts } = await api().post('C1', message);
  await api().reply('C1', ts, 'in the thread');
  await api().update('C1', ts, { ...message, text: 'again' });
  await api().whisper('C1', 'U0ALICE', 'psst');
  expect(slack.messages).toMatchObject([
    { text: 'again', edits: 1, thread: null },
    { text: 'in the thread', thread: ts },
  ]);
  expect(slack.whispers).toEqual([{ channel: 'C1', user: 'U0ALICE', text: 'psst' }]);
});

test('people, groups and addresses', async () => {
  expect(await api().person('U0ALICE')).toEqual({
    id: 'U0ALICE',
    email: 'alice@example.com',
    bot: false,
    deactivated: false,
    ours: true,
  });
  expect(await api().person('U0BOT')).toMatchObject({ bot: true });
  expect(await api().person('U0GONE')).toMatchObject({ deactivated: true });
  expect(await api().person('U0GUEST')).toMatchObject({ ours: false });
  expect(await api().person('U0ANYBODY')).toMatchObject({ email: null, ours: true });
  expect(await api().members('S0ONCALL')).toEqual(['U0ALICE']);
  expect(await api().userByEmail('Alice@Example.com')).toBe('U0ALICE');
});

test('a file goes into the thread whole', async () => {
  const { ts } = await api().post('C1', message);
  const content = `${'{"line": "ü 🚨"}\n'.repeat(500)}`;
  await api().upload('C1', ts, { name: 'changes.json', content, comment: 'all of them' });
  expect(slack.messages.at(-1)).toMatchObject({
    thread: ts,
    text: 'all of them',
    file: { name: 'changes.json', content },
  });
});

test.each<[string, () => Promise<unknown>, string]>([
  ['a channel that is not there', () => api().post('C9', message), 'channel_not_found'],
  ['a message that is not there', () => api().update('C1', '1.1', message), 'message_not_found'],
  ['another token', () => api('xoxb-other').post('C1', message), 'invalid_auth'],
  ['a group that is not there', () => api().members('S0NONE'), 'no_such_subteam'],
  ['an address of nobody', () => api().userByEmail('nobody@example.com'), 'users_not_found'],
  ['the address of somebody who has left', () => api().userByEmail('gone@example.com'), 'users_not_found'],
  [
    'a form without a trigger',
    () => api().open('none', rejectionForm({ approval: 'a', shown: 'b', channel: null })),
    'invalid_trigger_id',
  ],
  [
    '51 blocks',
    () => api().post('C1', { text: 'x', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' as const })) }),
    'invalid_blocks',
  ],
])('%s is refused as Slack refuses it', async (_, call, code) => {
  expect(await error(call())).toBe(code);
});

test.each(['token_revoked', 'account_inactive', 'is_archived'])('%s for a while', async (name) => {
  slack.fail({ method: 'chat.postMessage', error: name, times: 1 });
  expect(await error(api().post('C1', message))).toBe(name);
  expect(await error(api().post('C1', message))).toBe('none');
});

test('a rate limit is an error at once, not half an hour of trying', async () => {
  slack.fail({ method: '*', error: 'ratelimited', times: 1 });
  expect(await error(api().post('C1', message))).toBe('ratelimited');
});

describe('a form', () => {
  const button = { actionId: 'reject', value: '{}' };
  const open = async (later = 0) => {
    const { ts } = await api().post('C1', message);
    const [posted] = slack.messages.filter((it) => it.ts === ts);
    if (posted === undefined) throw new Error('not posted');
    await slack.click('U0ALICE', posted, button);
    const payload = JSON.parse(
      new URLSearchParams(Buffer.from(delivered.at(-1)?.event.body ?? '', 'base64').toString()).get('payload') ?? '{}',
    ) as { trigger_id: string };
    now += later;
    return error(api().open(payload.trigger_id, rejectionForm({ approval: 'a', shown: 'b', channel: null })));
  };

  test('opens within three seconds of a click, for whoever clicked', async () => {
    expect(await open(2_900)).toBe('none');
    expect([...slack.forms.keys()]).toEqual(['U0ALICE']);
  });

  test('does not open later', async () => {
    expect(await open(3_100)).toBe('expired_trigger_id');
  });

  test('keeps what was typed while the app finds fault with it, and goes when it does not', async () => {
    await open();
    answer = { statusCode: 200, body: JSON.stringify({ response_action: 'errors', errors: { reason: 'say more' } }) };
    await slack.submit('U0ALICE', 'a careful explanation');
    expect(slack.forms.get('U0ALICE')).toMatchObject({
      typed: 'a careful explanation',
      errors: { reason: 'say more' },
    });
    answer = { statusCode: 200 };
    await slack.submit('U0ALICE', 'a careful explanation');
    expect(slack.forms.get('U0ALICE')).toBeUndefined();
    expect(await slack.submit('U0ALICE', 'again')).toBeNull();
  });
});
