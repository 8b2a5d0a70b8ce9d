import type { FlowLog } from '@aws-sdk/client-ec2';
import { holdsRecordsOf, whereaboutsOf } from '../../../tasks/collect-log-evidence/flow-log-files';

const name = '111122223333_vpcflowlogs_eu-central-1_fl-0a1_';
const of = (it: Partial<FlowLog>) =>
  whereaboutsOf(
    { FlowLogId: 'fl-0a1', LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs', ...it },
    '111122223333',
    'eu-central-1',
  );
const [from, to] = [new Date('2026-02-28T22:30:00Z'), new Date('2026-03-01T00:10:00Z')];

test.each<[string, Partial<FlowLog>, string[]]>([
  [
    'by day',
    {},
    [
      'AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/02/28/',
      'AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/03/01/',
    ],
  ],
  [
    'by hour, in a folder',
    { LogDestination: 'arn:aws:s3:::logs/vpc/eu/', DestinationOptions: { PerHourPartition: true } },
    ['2026/02/28/22/', '2026/02/28/23/', '2026/03/01/00/'].map(
      (time) => `vpc/eu/AWSLogs/111122223333/vpcflowlogs/eu-central-1/${time}`,
    ),
  ],
  [
    'for Hive, by hour, in another partition',
    {
      LogDestination: 'arn:aws-cn:s3:::logs/vpc',
      DestinationOptions: { HiveCompatiblePartitions: true, PerHourPartition: true },
    },
    [
      'year=2026/month=02/day=28/hour=22/',
      'year=2026/month=02/day=28/hour=23/',
      'year=2026/month=03/day=01/hour=00/',
    ].map((time) => `vpc/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-central-1/${time}`),
  ],
])('files lie %s', (_, flowLog, folders) => {
  expect(of(flowLog)).toMatchObject({ bucket: 'logs' });
  expect(of(flowLog)?.prefixes(from, to)).toEqual(folders.map((folder) => folder + name));
});

test.each<Partial<FlowLog>>([
  { LogDestinationType: 'cloud-watch-logs' },
  { LogDestinationType: 'kinesis-data-firehose', LogDestination: 'arn:aws:firehose:eu-central-1:1:deliverystream/x' },
  { LogDestination: 'arn:aws:s3:::' },
])('%j lies nowhere in S3', (flowLog) => {
  expect(of(flowLog)).toBeNull();
});

test.each([
  [`a/b/${name}20260228T2235Z_0a1b2c3d.log.gz`, '2026-02-28T22:35:00.000Z'],
  [`a/b/${name}20260228T2235Z_0a1b2c3d.log.parquet`, '2026-02-28T22:35:00.000Z'],
  [`a/b/${name.replace('fl-0a1', 'fl-0a12')}20260228T2235Z_0a1b2c3d.log.gz`, undefined],
  [`a/b/${name}yesterday.log.gz`, undefined],
])('%s', (key, time) => {
  expect(of({})?.endOf(key)?.toISOString()).toBe(time);
});

test.each([
  ['2026-02-28T22:25:00Z', false],
  ['2026-02-28T22:30:00Z', true],
  ['2026-03-01T00:25:00Z', true],
  ['2026-03-01T00:30:00Z', false],
])('a file of %s can hold records of the time: %s', (time, expected) => {
  expect(holdsRecordsOf(new Date(time), from, to)).toBe(expected);
});
