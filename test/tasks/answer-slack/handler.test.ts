import { SFNClient } from '@aws-sdk/client-sfn';
import { type LocalTable, openTable } from '../../../replay/world/incident-table';
import type { Approval } from '../../../runbooks/decision';
import { task } from '../../../tasks/answer-slack/handler';
import type { Deps } from '../../../tasks/deps';
import { sign } from '../../../tasks/slack/signature';
import { openStore, type Store } from '../../../tasks/store/store';

/** The table without the clock's turns: nothing here depends on time passing. */
const atOnce = { now: () => 0, at: () => () => {}, sleep: async () => {}, track: <T>(work: Promise<T>) => work };
const now = new Date('2026-03-14T02:50:00Z');
const hash = 'a'.repeat(64);
const token = 'the-task-token-that-nobody-may-see';

let table: LocalTable;
let store: Store;
let approvals = 0;
let sent: { taskToken?: string; output?: string }[];
let whispered: string[];
let presented: string[];

beforeAll(async () => {
  table = await openTable('incidents', atOnce);
  store = openStore(table.client, { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
});
afterAll(() => table.close());
beforeEach(() => {
  sent = [];
  whispered = [];
  presented = [];
});

function deps(at: Date = now): Deps {
  const sfn = new SFNClient({ region: 'local' });
  sfn.middlewareStack.add(
    () => async (args) => {
      sent.push(args.input as { taskToken?: string; output?: string });
      return { output: { $metadata: {} } as never, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  return {
    now: () => at,
    store,
    aws: { sfn } as unknown as Deps['aws'],
    slackSecrets: async () => ({ botToken: 'xoxb', signingSecrets: ['present', 'previous'] }),
    slackApi: async () => ({
      post: async () => ({ channel: 'C', ts: '1' }),
      update: async () => {},
      reply: async () => {},
      whisper: async (_channel: string, _user: string, text: string) => {
        whispered.push(text);
      },
    }),
    responders: {
      present: async (incidentId: string) => {
        presented.push(incidentId);
        return null;
      },
      tell: async () => {},
    },
    log: () => {},
  } as unknown as Deps;
}

async function ask(more: Partial<Approval> = {}): Promise<string> {
  const id = `approval-${++approvals}`;
  await store.approvals.ask(
    {
      id,
      incidentId: `incident-${id}`,
      changeSetHash: hash,
      round: 1,
      status: 'PENDING',
      approvers: ['U0ALICE', 'U0BOB'],
      needed: 1,
      votes: [],
      askedAt: '2026-03-14T02:47:00.000Z',
      deadline: '2026-03-14T03:17:00.000Z',
      onSilence: 'leave',
      decidedAt: null,
      ...more,
    },
    token,
  );
  return id;
}

interface Given {
  readonly user?: string;
  readonly verdict?: string;
  readonly shown?: string;
  readonly secret?: string;
  readonly seconds?: number;
  readonly contentType?: string;
  readonly base64?: boolean;
  readonly alter?: (body: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

function request(approval: string, given: Given = {}) {
  const payload = {
    type: 'block_actions',
    user: { id: given.user ?? 'U0ALICE' },
    channel: { id: 'C07INCIDENTS' },
    actions: [
      { action_id: given.verdict ?? 'approve', value: JSON.stringify({ approval, shown: given.shown ?? hash }) },
    ],
  };
  const signed = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const seconds = String(given.seconds ?? now.getTime() / 1_000);
  const body = given.alter?.(signed) ?? signed;
  return {
    requestContext: { http: { method: 'POST' } },
    headers: {
      'Content-Type': given.contentType ?? 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp': seconds,
      'X-Slack-Signature': sign(given.secret ?? 'present', seconds, signed),
      ...given.headers,
    },
    body: given.base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: given.base64 ?? false,
  };
}

const seconds = now.getTime() / 1_000;

describe('what Slack did not sign, now, as it is', () => {
  test.each<[string, Given, number]>([
    ['another secret', { secret: 'guessed' }, 401],
    ['a timestamp of six minutes ago', { seconds: seconds - 360 }, 401],
    ['a timestamp six minutes ahead', { seconds: seconds + 360 }, 401],
    ['a body that was altered', { alter: (body) => body.replace('U0ALICE', 'U0BOB') }, 401],
    ['no signature', { headers: { 'X-Slack-Signature': '' } }, 401],
    ['a timestamp that is no number', { headers: { 'X-Slack-Request-Timestamp': 'now' } }, 401],
    ['a signed body of another kind', { contentType: 'application/json' }, 400],
    ['a signed button that is not ours', { verdict: 'delete-everything' }, 400],
  ])('%s: nothing is changed and nothing is said', async (_, given, statusCode) => {
    const id = await ask();
    expect(await task.run(request(id, given), deps())).toEqual({ statusCode });
    expect(await store.approvals.read(id)).toMatchObject({ status: 'PENDING', votes: [] });
    expect({ sent, whispered, presented }).toEqual({ sent: [], whispered: [], presented: [] });
  });

  test.each([undefined, null, 'text', {}, { requestContext: { http: { method: 'GET' } }, headers: {} }])(
    'a request like %j is answered with 400',
    async (event) => {
      expect(await task.run(event, deps())).toEqual({ statusCode: 400 });
    },
  );
});

describe('a click by an approver', () => {
  test.each<[string, Given]>([
    ['plain', {}],
    ['base64-encoded', { base64: true }],
    ['with a charset', { contentType: 'application/x-www-form-urlencoded; charset=utf-8' }],
    ['under the previous secret', { secret: 'previous' }],
  ])('decides, %s', async (_, given) => {
    const id = await ask();
    expect(await task.run(request(id, given), deps())).toEqual({ statusCode: 200 });
    expect(await store.approvals.read(id)).toMatchObject({ status: 'APPROVED', votes: [{ userId: 'U0ALICE' }] });
    expect(sent).toEqual([{ taskToken: token, output: JSON.stringify({ verdict: 'approved', approvalId: id }) }]);
    expect(presented).toEqual([`incident-${id}`]);
  });

  test('rejects', async () => {
    const id = await ask();
    await task.run(request(id, { verdict: 'reject' }), deps());
    expect((await store.approvals.read(id)).status).toBe('REJECTED');
    expect(sent).toEqual([{ taskToken: token, output: JSON.stringify({ verdict: 'rejected', approvalId: id }) }]);
  });

  test('counts towards two, and decides with the second', async () => {
    const id = await ask({ needed: 2 });
    await task.run(request(id), deps());
    expect((await store.approvals.read(id)).status).toBe('PENDING');
    expect(sent).toEqual([]);
    await task.run(request(id), deps());
    expect(whispered).toEqual([expect.stringContaining('voted already')]);
    await task.run(request(id, { user: 'U0BOB' }), deps());
    expect((await store.approvals.read(id)).status).toBe('APPROVED');
    expect(sent).toHaveLength(1);
  });
});

describe('a click that comes to nothing is told why, and changes nothing', () => {
  test('by somebody who is not on the list', async () => {
    const id = await ask();
    expect(await task.run(request(id, { user: 'U0MALLORY' }), deps())).toEqual({ statusCode: 200 });
    expect(await store.approvals.read(id)).toMatchObject({ status: 'PENDING', votes: [] });
    expect(whispered).toEqual([expect.stringContaining('does not list you')]);
    expect(sent).toEqual([]);
  });

  test('the second, after the decision: the decision is sent again, for the machine may not have heard', async () => {
    const id = await ask();
    await task.run(request(id, { verdict: 'reject' }), deps());
    await task.run(request(id, { user: 'U0BOB' }), deps());
    expect(await store.approvals.read(id)).toMatchObject({ status: 'REJECTED', votes: [{ userId: 'U0ALICE' }] });
    expect(sent.map(({ output }) => output)).toEqual(
      Array(2).fill(JSON.stringify({ verdict: 'rejected', approvalId: id })),
    );
    expect(whispered).toEqual([expect.stringContaining('already rejected')]);
  });

  test('after the time limit, though the machine has not yet noticed', async () => {
    const id = await ask();
    const late = new Date('2026-03-14T03:17:00Z');
    await task.run(request(id, { seconds: late.getTime() / 1_000 }), deps(late));
    expect((await store.approvals.read(id)).status).toBe('PENDING');
    expect(whispered).toEqual([expect.stringContaining('time')]);
  });

  test('after it expired', async () => {
    const id = await ask();
    await store.approvals.end(id, 'EXPIRED', now.toISOString());
    await task.run(request(id), deps());
    expect((await store.approvals.read(id)).status).toBe('EXPIRED');
    expect(whispered).toEqual([expect.stringContaining('already expired')]);
    expect(sent).toEqual([]);
  });

  test('on what was shown before it was proposed again', async () => {
    const id = await ask();
    await task.run(request(id, { shown: 'b'.repeat(64) }), deps());
    expect((await store.approvals.read(id)).votes).toEqual([]);
    expect(whispered).toEqual([expect.stringContaining('no longer')]);
  });

  test('on a question that there is not', async () => {
    await task.run(request('approval-of-nothing'), deps());
    expect(whispered).toEqual([expect.stringContaining('no such question')]);
    expect(sent).toEqual([]);
  });
});

test('a click and the time limit that cross are decided by the store', async () => {
  for (let race = 0; race < 20; race++) {
    const id = await ask();
    const [, ended] = await Promise.all([
      task.run(request(id), deps()),
      store.approvals.end(id, 'EXPIRED', now.toISOString()),
    ]);
    const { status } = await store.approvals.read(id);
    expect(['APPROVED', 'EXPIRED']).toContain(status);
    expect(ended.status).toBe(status);
  }
});
