import { readParameters } from '../../infra/parameters';

const given = (context: Readonly<Record<string, unknown>>) => readParameters((name) => context[name]);

test('both parameters may be left out', () => {
  expect(given({})).toEqual({ evidenceRetentionDays: 365 });
});

test('the command line gives texts', () => {
  expect(given({ evidenceRetentionDays: '90', fallbackEmail: 'oncall@example.com' })).toEqual({
    evidenceRetentionDays: 90,
    fallbackEmail: 'oncall@example.com',
  });
});

test('a network for the functions that speak to clusters', () => {
  const context = { subnetIds: 'subnet-0a1a1a1a, subnet-0b2b2b2b', securityGroupIds: 'sg-0c3c3c3c' };
  expect(given(context)).toMatchObject({
    clusterNetwork: { subnetIds: ['subnet-0a1a1a1a', 'subnet-0b2b2b2b'], securityGroupIds: ['sg-0c3c3c3c'] },
  });
});

test('buckets with flow logs', () => {
  expect(given({ flowLogBuckets: 'flow-logs, flow.logs.example' })).toMatchObject({
    flowLogBuckets: ['flow-logs', 'flow.logs.example'],
  });
});

test.each([
  [
    { flowLogBuckets: 'arn:aws:s3:::flow-logs' },
    '--context flowLogBuckets=arn:aws:s3:::flow-logs: it must be names of buckets with commas between them, 20 at the most',
  ],
  [
    { evidenceRetentionDays: 'abc' },
    '--context evidenceRetentionDays=abc: it must be a whole number of days, 1 to 36500',
  ],
  [{ evidenceRetentionDays: '0' }, '--context evidenceRetentionDays=0: it must be a whole number of days, 1 to 36500'],
  [{ subnetIds: 'subnet-0a1a1a1a1a1a1a1a1' }, '--context subnetIds and securityGroupIds: give both, or neither'],
  [
    { subnetIds: 'vpc-0a1a1a1a', securityGroupIds: 'sg-0a1a1a1a' },
    '--context subnetIds=vpc-0a1a1a1a: it must be ids of subnets with commas between them, 16 at the most',
  ],
  [{ fallbackEmail: 'oncall' }, '--context fallbackEmail=oncall: it must be an e-mail address'],
])('%j is refused in one line', (context, message) => {
  expect(() => given(context)).toThrow(message);
});
