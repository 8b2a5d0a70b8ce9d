import { LocalSlack, signedRequest } from '../../../replay/slack/local-slack';
import { task } from '../../../tasks/answer-slack/handler';
import { decisionDeps } from '../../../tasks/answer-slack/runtime';
import { openStore } from '../../../tasks/store/store';
import { type AwsEndpoint, atOnce, openAwsEndpoint } from './aws-endpoint';
import { approvalOf, clickOf, hash, incidentOf, people, secret } from './stage';

/** The handler as it is deployed, against AWS's and Slack's protocols: nothing in it is simulated. */
let aws: AwsEndpoint;
let slack: LocalSlack;
let env: Record<string, string>;
const logged: string[] = [];

beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((...line: unknown[]) => {
      logged.push(line.join(' '));
    });
  }
  aws = await openAwsEndpoint(JSON.stringify({ botToken: 'xoxb-1', signingSecret: secret }));
  slack = await LocalSlack.start({
    scheduler: { ...atOnce, now: () => Date.now() },
    botToken: 'xoxb-1',
    signingSecret: secret,
    channels: ['C07INCIDENTS'],
    directory: { users: {}, userGroups: {} },
    deliver: async () => ({ statusCode: 200 }),
  });
  env = {
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    ACCOUNT_ID: '111122223333',
    PARTITION: 'aws',
    INCIDENT_TABLE: 'incidents',
    EVIDENCE_BUCKET: 'evidence',
    EVIDENCE_KEY_ARN: 'k',
    SEALING_KEY_ARN: 's',
    SLACK_SECRET_ARN: 'arn:slack',
    FALLBACK_TOPIC_ARN: 'arn:topic',
    EVIDENCE_RETENTION_DAYS: '1',
    RELEASE_MACHINE_ARN: 'arn:release',
    SLACK_API_URL: slack.apiUrl,
  };
});
afterAll(async () => {
  jest.restoreAllMocks();
  await slack.close();
  await aws.close();
});

async function ask(id: string): Promise<ReturnType<typeof openStore>> {
  const store = openStore(aws.table.client, {
    tableName: 'incidents',
    account: '111122223333',
    region: 'eu-central-1',
  });
  const incident = incidentOf({ id: `incident-${id}`, correlation: id, message: null });
  const event = {
    eventId: id,
    time: 't',
    name: 'n',
    actor: null,
    subjects: [],
    facts: null,
    touches: [],
    evidence: null,
  };
  await store.incidents.openOrJoin(incident, event, { clusters: [], touches: [], exposed: [] });
  const deadline = new Date(Date.now() + 600_000).toISOString();
  await store.approvals.ask(approvalOf({ id, incidentId: incident.id, deadline }), `token-of-${id}`);
  return store;
}

const click = (id: string) =>
  signedRequest(
    clickOf(people.approver, 'approve', JSON.stringify({ approval: id, shown: hash })),
    secret,
    Math.floor(Date.now() / 1_000),
  );

test('a click goes all the way: the record, the machine, Slack', async () => {
  const store = await ask('one');
  expect(await task.run(click('one'), decisionDeps(env))).toEqual({ statusCode: 200 });
  expect(await store.approvals.read('one')).toMatchObject({ status: 'APPROVED' });
  expect(aws.calls.filter(({ action }) => action === 'SendTaskSuccess')).toMatchObject([
    { input: { taskToken: 'token-of-one' } },
  ]);
  expect(slack.messages.map(({ text }) => text)).toEqual([
    expect.stringContaining('CRITICAL'),
    expect.stringContaining(`<@${people.approver}> approved`),
  ]);
});

test('where Slack takes nothing more, the decision stands and the fallback is told', async () => {
  const store = await ask('two');
  for (const method of ['chat.postMessage', 'chat.update']) slack.fail({ method, error: 'ratelimited', times: 9 });
  expect(await task.run(click('two'), decisionDeps(env))).toEqual({ statusCode: 200 });
  expect(await store.approvals.read('two')).toMatchObject({ status: 'APPROVED' });
  expect(aws.calls.filter(({ action }) => action === 'Publish').length).toBeGreaterThan(0);
});

test('neither secrets nor tokens are logged', () => {
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join('\n')).not.toMatch(/token-of|xoxb|AKIDEXAMPLE|present/);
});
