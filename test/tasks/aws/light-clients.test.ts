import { lightClients } from '../../../tasks/aws/light-clients';
import { openStore, type Store } from '../../../tasks/store/store';
import { type AwsEndpoint, openAwsEndpoint } from '../answer-slack/aws-endpoint';
import { approvalOf, people } from '../answer-slack/stage';

let endpoint: AwsEndpoint;
let clients: ReturnType<typeof lightClients>;
let store: Store;

beforeAll(async () => {
  endpoint = await openAwsEndpoint('{"botToken":"xoxb"}');
  clients = lightClients({
    region: 'eu-central-1',
    endpoint: endpoint.url,
    credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    now: () => new Date(),
  });
  store = openStore(clients.table, { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
});
afterAll(() => endpoint.close());

const vote = {
  userId: people.approver,
  via: 'slack',
  from: '',
  shown: 'a'.repeat(64),
  at: '2026-03-14T02:50:00.000Z',
  verdict: 'approve',
  reason: null,
} as const;

test('the store works on DynamoDB’s protocol as it does on the SDK', async () => {
  await store.approvals.ask(approvalOf(), 'token');
  expect(await store.approvals.taskToken('approval-1')).toBe('token');
  expect(await store.approvals.waiting()).toEqual(['approval-1']);
  expect(await store.approvals.vote('approval-1', vote)).toMatchObject({ kind: 'decided' });
  expect(await store.approvals.vote('approval-1', vote)).toMatchObject({ kind: 'already-decided' });
  const bySdk = openStore(endpoint.table.client, {
    tableName: 'incidents',
    account: '111122223333',
    region: 'eu-central-1',
  });
  expect(await bySdk.approvals.read('approval-1')).toEqual(await store.approvals.read('approval-1'));
  await store.approvals.settle('approval-1');
  expect(await store.approvals.waiting()).toEqual([]);
  expect(await store.approvals.find('none')).toBeNull();
});

test('a partition of several pages is read whole', async () => {
  const words = 'x'.repeat(300_000);
  for (let index = 0; index < 5; index++)
    await clients.table.put({ TableName: 'incidents', Item: { pk: 'P', sk: `S${index}`, words } });
  const items: unknown[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await clients.table.query({
      TableName: 'incidents',
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': 'P', ':prefix': 'S' },
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  expect(items).toHaveLength(5);
});

test('the secret, the token’s answer, an execution’s start and a message reach their services', async () => {
  expect(await clients.secret('arn:secret')).toBe('{"botToken":"xoxb"}');
  await clients.sendTaskSuccess('token', '{}');
  await clients.startExecution('arn:machine', 'undo', '{"incidentId":"i"}');
  await clients.publish('arn:topic', 'subject', 'wörds & more');
  expect(endpoint.calls).toEqual([
    { action: 'GetSecretValue', input: { SecretId: 'arn:secret' } },
    { action: 'SendTaskSuccess', input: { taskToken: 'token', output: '{}' } },
    { action: 'StartExecution', input: { stateMachineArn: 'arn:machine', name: 'undo', input: '{"incidentId":"i"}' } },
    {
      action: 'Publish',
      input: {
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: 'arn:topic',
        Subject: 'subject',
        Message: 'wörds & more',
      },
    },
  ]);
});

test('what is throttled is tried twice again, and a refusal has AWS’s name', async () => {
  endpoint.refusals.set('SendTaskSuccess', ['ThrottlingException', 'ThrottlingException', 'TaskTimedOut']);
  await expect(clients.sendTaskSuccess('token', '{}')).rejects.toMatchObject({ name: 'TaskTimedOut' });
});
