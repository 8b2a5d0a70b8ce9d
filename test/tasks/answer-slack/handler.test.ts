import type { Approval } from '../../../runbooks/approval';
import { clickOf, formOf, hash, people, Stage, token } from './stage';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const seconds = Math.floor(new Stage().now.getTime() / 1_000);
const approving = (more: object = {}) => ({
  ...clickOf(people.approver, 'approve', JSON.stringify({ approval: 'approval-1', shown: hash })),
  ...more,
});

interface SignedEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const plain = (event: unknown) => {
  const it = event as SignedEvent;
  return { ...it, body: Buffer.from(it.body, 'base64').toString(), isBase64Encoded: false };
};

describe('what Slack did not sign, now and for the first time', () => {
  test.each<[string, (stage: Stage) => unknown, number]>([
    ['by another secret', (it) => it.signed(approving(), { secret: 'guessed' }), 401],
    ['six minutes ago', (it) => it.signed(approving(), { seconds: seconds - 360 }), 401],
    ['six minutes ahead', (it) => it.signed(approving(), { seconds: seconds + 360 }), 401],
    [
      'over another body',
      (it) => {
        const event = plain(it.signed(approving()));
        return { ...event, body: event.body.replace(people.approver, people.other) };
      },
      401,
    ],
    [
      'without a signature',
      (it) => {
        const event = plain(it.signed(approving()));
        return { ...event, headers: { ...event.headers, 'x-slack-signature': '' } };
      },
      401,
    ],
    [
      'at a time that is no number',
      (it) => {
        const event = plain(it.signed(approving()));
        return { ...event, headers: { ...event.headers, 'x-slack-request-timestamp': 'now' } };
      },
      401,
    ],
    [
      'as another kind of content',
      (it) => {
        const event = plain(it.signed(approving()));
        return { ...event, headers: { ...event.headers, 'content-type': 'application/json' } };
      },
      400,
    ],
    ['for a button that is not ours', (it) => it.signed(clickOf(people.approver, 'delete-everything', '{}')), 400],
    ['for a form that is not ours', (it) => it.signed({ ...formOf(people.approver, 'a', 'b'), view: {} }), 400],
    ['of a size that is no interaction’s', (it) => it.signed(approving({ padding: 'x'.repeat(300_000) })), 400],
    [
      'by no method that Slack uses',
      (it) => ({ ...(it.signed(approving()) as object), requestContext: { http: { method: 'GET' } } }),
      400,
    ],
  ])('%s: changes nothing and learns nothing', async (_, request, statusCode) => {
    await stage.ask();
    expect(await stage.send(request(stage))).toEqual({ statusCode });
    expect(await stage.store.approvals.read('approval-1')).toMatchObject({ status: 'PENDING', votes: [] });
    const { sent, whispered, told, presented } = stage;
    expect({ sent, whispered, told, presented }).toEqual({ sent: [], whispered: [], told: [], presented: [] });
  });

  test('the very same request a second time', async () => {
    await stage.ask({ needed: 2 });
    const request = stage.signed(approving());
    expect(await stage.send(request)).toEqual({ statusCode: 200 });
    expect(await stage.send(request)).toEqual({ statusCode: 401 });
    expect(stage.whispered).toEqual([]);
  });

  test.each([undefined, null, 'text', {}, { kind: 'sweep', more: 1 }, { kind: 'command-line' }])(
    'an input like %j is answered with 400',
    async (event) => {
      expect(await stage.send(event)).toEqual({ statusCode: 400 });
    },
  );
});

describe('a click by an approver decides', () => {
  test.each<[string, (stage: Stage) => unknown]>([
    ['base64-encoded', (it) => it.signed(approving())],
    ['plain', (it) => plain(it.signed(approving()))],
    [
      'with a charset',
      (it) => {
        const event = plain(it.signed(approving()));
        const headers = { ...event.headers, 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
        return { ...event, headers };
      },
    ],
    ['under the previous secret', (it) => it.signed(approving(), { secret: 'previous' })],
  ])('%s', async (_, request) => {
    const id = await stage.ask();
    expect(await stage.send(request(stage))).toEqual({ statusCode: 200 });
    expect(await stage.store.approvals.read(id)).toMatchObject({
      status: 'APPROVED',
      votes: [{ userId: people.approver, shown: hash, from: 'Slack T07LOCAL C07INCIDENTS' }],
    });
    expect(stage.sent).toEqual([
      { token, output: { verdict: 'approved', approvalId: id, waitSeconds: expect.any(Number) } },
    ]);
    expect(stage.presented).toEqual(['incident-1']);
    expect(stage.told).toEqual([`👍 <@${people.approver}> approved \`aaaaaaaaaaaa\` (1 of 1).`]);
  });

  test('one of two counts, the second decides', async () => {
    const id = await stage.ask({ needed: 2 });
    await stage.click(people.approver, 'approve', id);
    expect(stage.sent).toEqual([]);
    await stage.click(people.other, 'approve', id);
    expect(stage.sent).toMatchObject([{ output: { verdict: 'approved' } }]);
  });

  test('who has approved may still reject: that is the safe way', async () => {
    const id = await stage.ask({ needed: 2 });
    await stage.click(people.approver, 'approve', id);
    await stage.reject(people.approver, id, 'I was wrong');
    expect((await stage.store.approvals.read(id)).status).toBe('REJECTED');
  });
});

describe('a rejection', () => {
  test('asks why, in a form that remembers what it is about, and records nothing yet', async () => {
    const id = await stage.ask();
    expect(await stage.click(people.approver, 'reject', id)).toEqual({ statusCode: 200 });
    expect(stage.opened).toMatchObject([
      { private_metadata: JSON.stringify({ approval: id, shown: hash, channel: 'C07INCIDENTS' }) },
    ]);
    expect((await stage.store.approvals.read(id)).votes).toEqual([]);
  });

  test('keeps the words, and says them in the thread without their doing anything', async () => {
    const id = await stage.ask();
    await stage.reject(people.approver, id, '  it is <!channel> `mine`\n');
    expect((await stage.store.approvals.read(id)).votes[0]?.reason).toBe('it is <!channel> `mine`');
    expect(stage.told).toEqual([
      `🚫 <@${people.approver}> rejected \`aaaaaaaaaaaa\`: \`it is &lt;!channel&gt; ˋmineˋ\``,
    ]);
  });

  test('that comes to nothing leaves the form as it was filled in, with the reason', async () => {
    const id = await stage.ask({ status: 'APPROVED' });
    const { body } = await stage.reject(people.approver, id, 'a long and careful explanation');
    expect(JSON.parse(body ?? '{}')).toEqual({
      response_action: 'errors',
      errors: { reason: 'Nothing was changed by you: this is already approved.' },
    });
  });

  test('says how to decide when the form cannot be opened', async () => {
    const id = await stage.ask();
    stage.slackAnswers = false;
    expect(await stage.click(people.approver, 'reject', id)).toEqual({ statusCode: 200 });
    expect(stage.logged.join()).toContain('could not be opened');
  });
});

test('where Slack cannot say who clicked, nothing is decided', async () => {
  const id = await stage.ask();
  stage.slackAnswers = false;
  expect(await stage.click(people.approver, 'approve', id)).toEqual({ statusCode: 200 });
  expect((await stage.store.approvals.read(id)).status).toBe('PENDING');
});

test('a click on one incident’s question with another’s hash changes neither', async () => {
  await stage.ask();
  await stage.ask({ id: 'approval-2', incidentId: 'incident-2', changeSetHash: 'b'.repeat(64) }, { correlation: 'd' });
  await stage.click(people.approver, 'approve', 'approval-2', hash);
  expect((await stage.store.approvals.read('approval-1')).votes).toEqual([]);
  expect((await stage.store.approvals.read('approval-2')).votes).toEqual([]);
});

test('an actor whose event joined after the question was asked may not decide either, by the plan’s map', async () => {
  const id = await stage.ask({
    identities: [{ aws: 'arn:aws:sts::*:assumed-role/*/actor@example.com', slack: people.third }],
  });
  await stage.click(people.third, 'approve', id);
  expect(stage.whispered).toEqual([expect.stringContaining('whose actions this is about')]);
});

describe('between the record and the machine', () => {
  test('a failure leaves the decision recorded, and the sweep tells the machine', async () => {
    const id = await stage.ask();
    stage.failing.push('ServiceUnavailable');
    expect(await stage.click(people.approver, 'approve', id)).toEqual({ statusCode: 200 });
    expect(stage.sent).toEqual([]);
    expect(await stage.send({ kind: 'sweep' })).toEqual({ statusCode: 200, body: '{"finished":1,"open":0}' });
    expect(stage.sent).toMatchObject([{ token, output: { verdict: 'approved' } }]);
    expect(await stage.send({ kind: 'sweep' })).toEqual({ statusCode: 200, body: '{"finished":0,"open":0}' });
  });

  test('so does another click, which changes nothing itself', async () => {
    const id = await stage.ask();
    stage.failing.push('ServiceUnavailable');
    await stage.click(people.approver, 'approve', id);
    await stage.click(people.other, 'approve', id);
    expect(stage.sent).toMatchObject([{ output: { verdict: 'approved' } }]);
    expect(stage.whispered).toEqual([expect.stringContaining(`already approved by <@${people.approver}>`)]);
  });

  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    '%s means that the machine has gone on',
    async (name) => {
      const id = await stage.ask();
      stage.failing.push(name);
      await stage.click(people.approver, 'approve', id);
      expect(await stage.send({ kind: 'sweep' })).toEqual({ statusCode: 200, body: '{"finished":0,"open":0}' });
      expect(stage.logged).toEqual([]);
    },
  );

  test('a question that Slack would not take is posted by the sweep as soon as it does', async () => {
    await stage.ask({}, { message: null });
    await stage.send({ kind: 'sweep' });
    expect(stage.presented).toEqual(['incident-1']);
  });
});

test('a click and the time limit that cross are decided by the store', async () => {
  for (let race = 0; race < 20; race++) {
    const it = new Stage();
    const id = await it.ask();
    const expire = async () => it.store.approvals.expire(await it.store.approvals.read(id), 'now');
    await Promise.all([it.click(people.approver, 'approve', id), expire()]);
    const { status, votes } = await it.store.approvals.read(id);
    expect(votes).toHaveLength(status === 'APPROVED' ? 1 : 0);
    expect(it.sent).toHaveLength(status === 'APPROVED' ? 1 : 0);
  }
});

describe('Undo', () => {
  const closed = { status: 'closed', outcome: 'remediated' } as const;
  const decided: Partial<Approval> = { status: 'APPROVED' };

  test('by somebody who could approve starts the machine that asks for it, once', async () => {
    await stage.ask(decided, closed);
    expect(await stage.undo(people.other)).toEqual({ statusCode: 200 });
    stage.failing.push('ExecutionAlreadyExists');
    await stage.undo(people.approver);
    expect(stage.released).toEqual(['undo-1-incident-1']);
    expect(stage.whispered).toEqual([expect.stringContaining('asked for already')]);
    expect(await stage.store.approvals.undoRequests('incident-1')).toMatchObject([{ userId: people.other }]);
    expect(stage.told).toEqual([expect.stringContaining(`<@${people.other}> asked to undo`)]);
  });

  test.each([
    [people.outside, 'does not list you'],
    [people.actor, 'whose actions this is about'],
    [people.bot, 'apps and bots'],
    [people.deactivated, 'deactivated'],
    [people.guest, 'another workspace'],
  ])('by %s starts nothing', async (user, why) => {
    await stage.ask(decided, closed);
    await stage.undo(user);
    expect(stage.released).toEqual([]);
    expect(stage.whispered).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['an incident that is still open', 'incident-1', 'not closed yet'],
    ['an incident that there is not', 'incident-9', 'no such question'],
  ])('of %s starts nothing', async (_, incident, why) => {
    await stage.ask();
    await stage.undo(people.approver, incident);
    expect(stage.released).toEqual([]);
    expect(stage.whispered).toEqual([expect.stringContaining(why)]);
  });
});

describe('at the command line', () => {
  const identities = [
    { aws: 'arn:aws:iam::*:user/carol', slack: people.approver },
    { aws: 'arn:aws:sts::*:assumed-role/AWSReservedSSO_*/other@example.com', slack: people.other },
    { aws: 'arn:aws:sts::*:assumed-role/developer/*', slack: people.third },
  ];
  const session = (role: string, name: string, account = '111122223333') =>
    `arn:aws:sts::${account}:assumed-role/${role}/${name}`;
  const decide = (arn: string, more: Record<string, unknown> = {}) => {
    const about = { command: 'approve', approval: 'approval-1', shown: hash, ...more };
    const purpose = `${about.command} ${about.approval} ${about.shown}`;
    return stage.send({ kind: 'command-line', ...about, proof: { headers: { arn, purpose } } });
  };

  test('a session of the role for deciders is the IAM user whose name it bears', async () => {
    const id = await stage.ask({ identities });
    const arn = session('approvers', 'carol');
    expect(await decide(arn)).toMatchObject({ statusCode: 200 });
    expect(await stage.store.approvals.read(id)).toMatchObject({
      status: 'APPROVED',
      votes: [{ userId: people.approver, via: 'command-line', from: arn }],
    });
    expect(stage.sent).toMatchObject([{ output: { verdict: 'approved' } }]);
    expect(stage.told).toEqual([expect.stringContaining(`at the command line as \`${arn}\`, approved`)]);
  });

  test('a session of IAM Identity Center is who it says, also when Slack is not there', async () => {
    const id = await stage.ask({ identities });
    stage.slackAnswers = false;
    expect(
      await decide(session('AWSReservedSSO_X', 'other@example.com'), { command: 'reject', reason: 'no' }),
    ).toMatchObject({ statusCode: 200 });
    expect((await stage.store.approvals.read(id)).votes).toMatchObject([{ userId: people.other, reason: 'no' }]);
  });

  test.each([
    ['a role that anybody may name sessions of', session('developer', 'carol'), 403],
    ['another account’s session', session('approvers', 'carol', '999999999999'), 403],
    ['an IAM user whom the plan does not know', session('approvers', 'eve'), 403],
    ['somebody for whom AWS does not vouch', '', 403],
    ['the actor', session('AWSReservedSSO_X', 'actor@example.com'), 403],
  ])('%s decides nothing', async (_, arn, statusCode) => {
    const id = await stage.ask({ identities });
    expect(await decide(arn)).toMatchObject({ statusCode });
    expect((await stage.store.approvals.read(id)).votes).toEqual([]);
  });

  test('the rules are the same: the hash that was shown, the time limit, the list', async () => {
    await stage.ask({ identities, approvers: [people.other], needed: 2 });
    const other = session('AWSReservedSSO_X', 'other@example.com');
    expect(await decide(session('approvers', 'carol'))).toMatchObject({ statusCode: 409 });
    expect(await decide(other, { shown: 'b'.repeat(64) })).toMatchObject({ statusCode: 409 });
    expect(await decide(other, { approval: 'none' })).toMatchObject({ statusCode: 404 });
    expect(await decide(other)).toMatchObject({ statusCode: 200 });
    expect(await decide(other)).toMatchObject({ statusCode: 409 });
  });

  test('a rejection needs a reason', async () => {
    await stage.ask({ identities });
    expect(await decide(session('approvers', 'carol'), { command: 'reject', reason: ' ' })).toEqual({
      statusCode: 400,
    });
  });
});

test('the task token is in no answer, message or log line', async () => {
  const id = await stage.ask({ needed: 3 });
  const answers = [
    await stage.click(people.approver, 'approve', id),
    await stage.click(people.approver, 'approve', id),
    await stage.reject(people.outside, id, 'x'),
    await stage.click(people.other, 'more-time', id),
    await stage.send({ kind: 'sweep' }),
  ];
  const { whispered, told, opened, logged } = stage;
  expect(JSON.stringify({ answers, whispered, told, opened, logged })).not.toContain(token);
});
