import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { mockClient } from 'aws-sdk-client-mock';
import { anyOf, ask } from '../../../tasks/collect-log-evidence/query';

const mock = mockClient(CloudWatchLogsClient);
const to = new Date('2026-05-12T10:00:00Z');
const from = new Date('2026-05-11T10:00:00Z');
let now = to.getTime();
const needs = {
  logs: new CloudWatchLogsClient({ region: 'eu-central-1' }),
  now: () => new Date(now),
  pause: async (milliseconds: number) => {
    now += milliseconds;
  },
};
const wanted = { group: 'vpc-flow-logs', message: [/(^|\s)(eni-1)(\s|$)/], without: /lease/, stream: /^audit/ };
const row = (message: string) => [
  { field: '@timestamp', value: '2026-05-12 09:54:00.000' },
  { field: '@logStream', value: 'eni-1-all' },
  { field: '@message', value: message },
  { field: '@ptr', value: 'opaque' },
];

beforeEach(() => {
  mock.reset();
  now = to.getTime();
  mock.on(StartQueryCommand).resolves({ queryId: 'query-1' });
});

test('asks one log group for a bounded time and a bounded number of records', async () => {
  mock.on(GetQueryResultsCommand).resolves({ status: 'Complete', results: [] });
  await ask(needs, wanted, from, to);
  const [call] = mock.commandCalls(StartQueryCommand);
  expect(call?.args[0].input).toMatchObject({
    logGroupName: 'vpc-flow-logs',
    startTime: from.getTime() / 1_000,
    endTime: to.getTime() / 1_000,
    limit: 5_000,
  });
  expect(call?.args[0].input.queryString?.split('\n| ')).toEqual([
    'fields @timestamp, @logStream, @message',
    'filter @logStream like /^audit/',
    'filter @message like /(^|\\s)(eni-1)(\\s|$)/',
    'filter @message not like /lease/',
    'sort @timestamp asc',
    'limit 5000',
  ]);
});

test('waits for the answer, and takes it page after page', async () => {
  mock
    .on(GetQueryResultsCommand, { queryId: 'query-1' })
    .resolvesOnce({ status: 'Running' })
    .resolvesOnce({
      status: 'Complete',
      results: [row('one')],
      nextToken: 'more',
      statistics: { recordsMatched: 9, bytesScanned: 1_000 },
    })
    .resolves({ status: 'Complete', results: [row('two')] });
  const found = await ask(needs, wanted, from, to);
  expect(found).toMatchObject({ matched: 9, bytesScanned: 1_000, from: from.toISOString(), to: to.toISOString() });
  expect(found.records).toEqual([
    { at: '2026-05-12 09:54:00.000', stream: 'eni-1-all', message: 'one' },
    { at: '2026-05-12 09:54:00.000', stream: 'eni-1-all', message: 'two' },
  ]);
});

test('a query that does not end is stopped', async () => {
  mock.on(GetQueryResultsCommand).resolves({ status: 'Running' });
  mock.on(StopQueryCommand).resolves({ success: true });
  await expect(ask(needs, wanted, from, to)).rejects.toThrow('did not end within 90 s');
  expect(mock.commandCalls(StopQueryCommand)).toHaveLength(1);
});

test('a query that fails says how', async () => {
  mock.on(GetQueryResultsCommand).resolves({ status: 'Timeout' });
  await expect(ask(needs, wanted, from, to)).rejects.toThrow('the query of vpc-flow-logs ended Timeout');
});

test.each([
  [['10.20.1.10', '10.20.1.1'], '(10\\.20\\.1\\.1|10\\.20\\.1\\.10)'],
  [['system:node:ip-10-20-1-10'], '(system:node:ip-10-20-1-10)'],
  [['a/ | fields @message', 'b'], '(b)'],
  [['.*', 'x)|(y', 'c'], '(c)'],
])('%j in a query means nothing but itself', (names, expected) => {
  expect(anyOf(names)).toBe(expected);
});
