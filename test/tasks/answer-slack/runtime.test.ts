import { task } from '../../../tasks/answer-slack/handler';
import { decisionDeps } from '../../../tasks/answer-slack/runtime';
import { approvalClick, askIn, type Deployed, deploy } from './deployed';
import { people } from './stage';

/** The handler as it is deployed, against what it meets there. */
let at: Deployed;
const logged: string[] = [];

beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((...line: unknown[]) => {
      logged.push(line.join(' '));
    });
  }
  at = await deploy();
});
afterAll(async () => {
  jest.restoreAllMocks();
  await at.close();
});

test('a click goes all the way: the record, the machine, Slack', async () => {
  await askIn(at.store, 'one');
  expect(await task.run(approvalClick('one'), decisionDeps(at.env))).toEqual({ statusCode: 200 });
  expect(await at.store.approvals.read('one')).toMatchObject({ status: 'APPROVED' });
  expect(at.aws.calls.filter(({ action }) => action === 'SendTaskSuccess')).toMatchObject([
    { input: { taskToken: 'token-of-one' } },
  ]);
  expect(at.slack.messages.map(({ text }) => text)).toEqual([
    expect.stringContaining('CRITICAL'),
    expect.stringContaining(`<@${people.approver}> approved`),
  ]);
});

test('where Slack takes nothing more, the decision stands and the fallback is told', async () => {
  await askIn(at.store, 'two');
  for (const method of ['chat.postMessage', 'chat.update']) at.slack.fail({ method, error: 'ratelimited', times: 9 });
  expect(await task.run(approvalClick('two'), decisionDeps(at.env))).toEqual({ statusCode: 200 });
  expect(await at.store.approvals.read('two')).toMatchObject({ status: 'APPROVED' });
  expect(at.aws.calls.filter(({ action }) => action === 'Publish').length).toBeGreaterThan(0);
});

test('neither secrets nor tokens are logged', () => {
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join('\n')).not.toMatch(/token-of|xoxb|AKIDEXAMPLE|present/);
});
