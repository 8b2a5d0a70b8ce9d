import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BadInput } from '../../../replay/cli/bad-input';
import { readEvents } from '../../../replay/cli/read-events';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'events');
  writeFileSync(path, text);
  return path;
}

const one = { id: '1', detail: {} };
const two = { id: '2', detail: { event: 'not a wrapper' } };

it.each([
  ['one event', JSON.stringify(one), [one]],
  ['one event over several lines', JSON.stringify(one, null, 2), [one]],
  ['one event on one line with an end', `${JSON.stringify(one)}\n`, [one]],
  ['an array', JSON.stringify([one, two], null, 2), [one, two]],
  ['an empty array', '[]', []],
  ['an array of wrapped events', JSON.stringify([{ event: one }]), [one]],
  ['a wrapped event', JSON.stringify({ n: 0, name: 'x', event: one }), [one]],
  ['lines', `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`, [one, two]],
  [
    'lines with gaps, a byte order mark and CRLF',
    `\uFEFF${JSON.stringify(one)}\r\n\r\n${JSON.stringify(two)}\r\n`,
    [one, two],
  ],
  ['lines of wrapped events', `${JSON.stringify({ event: one })}\n${JSON.stringify({ event: two })}`, [one, two]],
  ['what is no event, for the reader of events to refuse', '7', [7]],
])('reads %s', (_told, text, expected) => {
  expect(readEvents(file(text)).map(({ event }) => event)).toEqual(expected);
});

const record = {
  eventVersion: '1.11',
  userIdentity: { type: 'Root', accountId: '111122223333' },
  eventTime: '2026-03-01T03:00:00Z',
  eventSource: 'eks.amazonaws.com',
  eventName: 'DeleteCluster',
  awsRegion: 'eu-west-1',
  eventID: '5b2c1d0e-0000-4000-8000-000000000001',
  eventType: 'AwsApiCall',
  recipientAccountId: '444455556666',
};
const delivered = {
  version: '0',
  id: record.eventID,
  source: 'aws.eks',
  'detail-type': 'AWS API Call via CloudTrail',
  account: '444455556666',
  time: record.eventTime,
  region: 'eu-west-1',
  resources: [],
  detail: record,
};
const lookedUp = { EventId: record.eventID, EventName: record.eventName, CloudTrailEvent: JSON.stringify(record) };

it.each<[string, unknown]>([
  ['a CloudTrail record by itself', record],
  ['a CloudTrail record as the event of an object', { name: 'x', event: record }],
  ['a log file of CloudTrail', { Records: [record] }],
  ["LookupEvents' answer", { Events: [lookedUp], NextToken: 't' }],
  ['one of those that LookupEvents found', lookedUp],
])('reads %s as EventBridge would deliver it', (_told, given) => {
  for (const text of [JSON.stringify(given), JSON.stringify(given, null, 2), JSON.stringify([given])]) {
    expect(readEvents(file(text)).map(({ event }) => event)).toEqual([delivered]);
  }
});

it('reads a log file of CloudTrail as it lies in its bucket', () => {
  const path = join(folder, 'log.json.gz');
  writeFileSync(path, gzipSync(JSON.stringify({ Records: [record] })));
  expect(readEvents(path).map(({ event }) => event)).toEqual([delivered]);
  writeFileSync(path, gzipSync('{}').subarray(0, 12));
  expect(() => readEvents(path)).toThrow(BadInput);
});

it('reads what no call made as what it is', () => {
  const kms = { ...record, eventSource: 'kms.amazonaws.com', eventType: 'AwsServiceEvent' };
  const [only] = readEvents(file(JSON.stringify(kms)));
  expect(only?.event).toMatchObject({ source: 'aws.kms', 'detail-type': 'AWS Service Event via CloudTrail' });
});

const finding = {
  AccountId: '111122223333',
  Arn: 'arn:aws-us-gov:guardduty:us-gov-west-1:111122223333:detector/d/finding/f',
  Id: 'f',
  Region: 'us-gov-west-1',
  Type: 'Execution:Runtime/ReverseShell',
  UpdatedAt: '2026-03-01T03:00:00Z',
};
const inspected = { findingArn: 'arn:aws:inspector2:eu-west-1:1:finding/f', awsAccountId: '111122223333' };
it.each<[string, unknown, Record<string, unknown>]>([
  ["GuardDuty's", { Findings: [finding] }, { id: 'f', source: 'aws.guardduty', region: 'us-gov-west-1' }],
  ["Inspector's", { findings: [inspected] }, { id: inspected.findingArn, source: 'aws.inspector2', time: 'unknown' }],
])('reads findings as %s API answers them', (_told, given, expected) => {
  const [only] = readEvents(file(JSON.stringify(given)));
  expect(only?.event).toMatchObject({ account: '111122223333', ...expected });
});

it('completes an event from the record in it, and a record that says too little as far as it goes', () => {
  const [whole] = readEvents(file(JSON.stringify({ detail: record })));
  expect(whole?.event).toEqual({ ...delivered, version: undefined, resources: undefined });
  const { eventSource, eventName } = record;
  const path = file(JSON.stringify({ Records: [{ eventSource, eventName }] }));
  expect(readEvents(path)[0]?.event).toMatchObject({
    id: `${path}:1, event 1`,
    source: 'aws.eks',
    account: 'unknown',
    region: 'unknown',
  });
});

it('leaves out the nulls of whoever passed a record on, where CloudTrail writes nothing', () => {
  const detail = {
    ...record,
    errorCode: null,
    errorMessage: null,
    requestParameters: { name: 'demo', resourcesVpcConfig: { endpointPublicAccess: null, subnetIds: ['s', null] } },
    responseElements: null,
  };
  const [only] = readEvents(file(JSON.stringify({ ...delivered, detail })));
  expect(only?.event).toEqual({
    ...delivered,
    detail: {
      ...record,
      requestParameters: { name: 'demo', resourcesVpcConfig: { subnetIds: ['s', null] } },
      responseElements: null,
    },
  });
});

it('takes nothing for a record that is none', () => {
  for (const given of [{ eventName: 'x' }, { CloudTrailEvent: 'x' }, { Events: 'x' }, { Arn: 'arn:aws:s3:::b' }]) {
    expect(readEvents(file(JSON.stringify(given))).map(({ event }) => event)).toEqual([given]);
  }
});

it('says where each stands', () => {
  const lines = file(`${JSON.stringify(one)}\n\n${JSON.stringify(two)}\n`);
  expect(readEvents(lines).map(({ where }) => where)).toEqual([`${lines}:1`, `${lines}:3`]);
  const array = file(JSON.stringify([one, two]));
  expect(readEvents(array).map(({ where }) => where)).toEqual([`${array}, event 1`, `${array}, event 2`]);
});

it.each([
  ['an empty file', ' \n', ':1: the file is empty'],
  ['a text', 'severity: high\n', ':1: not JSON'],
  ['a bad line among good ones', '{"id":"1"}\n{"id":\n{"id":"3"}\n', ':2: not JSON'],
  ['a fault within a document', '[\n  {"id": "1"},\n  {"id" "2"}\n]\n', ':3: not JSON'],
  ['a document that ends too early', '[\n  {"id": "1"},\n', ':2: not JSON'],
])('refuses %s, and says where', (_told, text, message) => {
  const path = file(text);
  expect(() => readEvents(path)).toThrow(BadInput);
  expect(() => readEvents(path)).toThrow(`${path}${message}`);
});

it.each([
  ['a file that is not there', 'nothing', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
])('refuses %s', (_told, name, code) => {
  expect(() => readEvents(join(folder, name))).toThrow(`cannot be read (${code}): give a file of events`);
});
