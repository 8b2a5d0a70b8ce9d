import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { whereaboutsOf } from '../../../tasks/collect-log-evidence/flow-log-files';
import { readFiles, shortfallsOf } from '../../../tasks/collect-log-evidence/read-files';

const s3 = mockClient(S3Client);
beforeEach(() => s3.reset());

const [from, to] = [new Date('2026-05-12T09:00:00Z'), new Date('2026-05-12T09:50:00Z')];
const flowLog = { FlowLogId: 'fl-0a1', LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs' } as const;
const keyOf = (time: string, ending = 'log.gz') =>
  `AWSLogs/1/vpcflowlogs/eu/2026/05/12/1_vpcflowlogs_eu_fl-0a1_20260512T${time}Z_0a1b2c3d.${ending}`;
const header = 'interface-id srcaddr';

/** Lists these versions, and has their bytes where there are any. */
function bucket(files: { time: string; ending?: string; plain?: Buffer | string; size?: number; error?: Error }[]) {
  s3.on(ListObjectVersionsCommand).resolves({
    Versions: files.map(({ time, ending, size }) => ({
      ...{ Key: keyOf(time, ending), VersionId: `v-${time}`, ETag: '"e"', Size: size ?? 100 },
    })),
  });
  for (const { time, plain, error } of files) {
    const asked = s3.on(GetObjectCommand, { Key: keyOf(time), VersionId: `v-${time}` });
    if (error !== undefined) asked.rejects(error);
    else asked.resolves({ Body: pieces(typeof plain === 'string' ? gzipSync(plain) : plain) as never });
  }
}

/** Bytes as they come: in pieces that end anywhere. */
async function* pieces(bytes: Buffer = Buffer.alloc(0)) {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

async function read(now = () => to) {
  const whereabouts = whereaboutsOf(flowLog, '1', 'eu');
  if (whereabouts === null) throw new Error('it lies in S3');
  const had = await readFiles({ s3: new S3Client({}), now }, whereabouts, /(^|\s)eni-1(\s|$)/, from, to);
  return { ...had, problems: shortfallsOf('fl-0a1', had) };
}

test('keeps the records that are wanted, with the header, the version and the digest of the file', async () => {
  const plain = `${header}\neni-1 10.0.0.1\neni-11 10.0.0.2\neni-1 10.0.0.3`;
  bucket([{ time: '0905', plain }]);
  expect(await read()).toMatchObject({
    files: [
      {
        key: keyOf('0905'),
        versionId: 'v-0905',
        etag: 'e',
        sizeBytes: 100,
        sha256: createHash('sha256').update(gzipSync(plain)).digest('hex'),
        header,
        records: ['eni-1 10.0.0.1', 'eni-1 10.0.0.3'],
      },
    ],
    problems: [],
  });
});

test('a file that is packed in several pieces is read to its end', async () => {
  bucket([{ time: '0905', plain: Buffer.concat([gzipSync(`${header}\neni-1 a\n`), gzipSync('eni-1 b\n')]) }]);
  expect((await read()).files[0]?.records).toEqual(['eni-1 a', 'eni-1 b']);
});

test('asks for no file of another time, and reads the latest first', async () => {
  bucket(['0855', '0905', '0910'].map((time) => ({ time, plain: header })));
  expect((await read()).files.map(({ key }) => key)).toEqual([keyOf('0905'), keyOf('0910')]);
  expect(s3.commandCalls(GetObjectCommand).map(({ args }) => args[0].input.Key)).toEqual([
    keyOf('0910'),
    keyOf('0905'),
  ]);
});

const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });
const mebibyte = 1_048_576;

test.each<[string, Parameters<typeof bucket>[0], string[]]>([
  [
    'Parquet',
    [
      { time: '0905', ending: 'log.parquet' },
      { time: '0910', plain: header },
    ],
    ['fl-0a1: 1 of 2 file(s) in logs are named and not read: it is not plain text'],
  ],
  [
    'what is beyond the bound',
    [
      { time: '0905', plain: header, size: 140 * mebibyte },
      { time: '0910', plain: header, size: 140 * mebibyte },
    ],
    ['fl-0a1: 1 of 2 file(s) in logs are named and not read: 256 MiB are read'],
  ],
  [
    'what is not packed',
    [{ time: '0905', plain: Buffer.from('no gzip') }],
    [expect.stringMatching(/^fl-0a1: 1 of 1 file\(s\) in logs are named and not read: .*incorrect header check$/)],
  ],
  [
    'what unpacks to no lines',
    [{ time: '0905', plain: 'x'.repeat(200_000) }],
    ['fl-0a1: 1 of 1 file(s) in logs are named and not read: it holds no lines'],
  ],
  [
    'all, once one is refused',
    [
      { time: '0905', plain: header },
      { time: '0910', error: denied },
    ],
    ['fl-0a1: 2 of 2 file(s) in logs are named and not read: AccessDenied: no'],
  ],
])('%s is named and not read', async (_, files, problems) => {
  bucket(files);
  expect((await read()).problems).toEqual(problems);
});

test('keeps 5,000 records, the latest, and counts what it leaves out', async () => {
  const plain = `${header}\n${'eni-1 a\n'.repeat(3_000)}`;
  bucket(['0905', '0910', '0915'].map((time) => ({ time, plain })));
  const { files, problems } = await read();
  expect(files.map(({ records = [] }) => records.length)).toEqual([0, 2_000, 3_000]);
  expect(problems).toEqual([
    'fl-0a1: 1 of 3 file(s) in logs are named and not read: 5000 records are kept',
    'fl-0a1: 1000 record(s) of files that were read are left out',
  ]);
});

test('stops reading when its time is over', async () => {
  bucket(['0905', '0910'].map((time) => ({ time, plain: header })));
  let seconds = 0;
  const now = () => new Date(to.getTime() + 60_000 * seconds++);
  expect((await read(now)).problems).toEqual([
    'fl-0a1: 1 of 2 file(s) in logs are named and not read: it is read for 90 s',
  ]);
});

test('says which files were deleted, and reads the version below', async () => {
  bucket([{ time: '0905', plain: `${header}\neni-1 a` }]);
  s3.on(ListObjectVersionsCommand).resolves({
    Versions: [{ Key: keyOf('0905'), VersionId: 'v-0905', Size: 100 }],
    DeleteMarkers: [{ Key: keyOf('0905'), VersionId: 'm', LastModified: to }],
  });
  const { files, problems } = await read();
  expect(files[0]?.records).toEqual(['eni-1 a']);
  expect(problems).toEqual([`fl-0a1: 1 file(s) in logs were deleted, ${keyOf('0905')} at ${to.toISOString()}`]);
});

test('a bucket with more files than can be listed says so', async () => {
  s3.on(ListObjectVersionsCommand).resolves({ IsTruncated: true, NextKeyMarker: 'k', NextVersionIdMarker: 'v' });
  expect((await read()).problems).toEqual(['fl-0a1: logs has more files of the time than were listed']);
  expect(s3.commandCalls(ListObjectVersionsCommand)).toHaveLength(30);
});
