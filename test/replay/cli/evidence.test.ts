import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyEvidence } from '../../../replay/cli/evidence';
import { sealingKey } from '../../../replay/estate/sealing-key';
import type { StoredVersion } from '../../../replay/estate/state';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';
import { ServedBucket, type ServedVersion } from '../../served-bucket';

const root = join(__dirname, '..', '..');
const kmsKey = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-0000000000ff';
/** After the incident, and before any lock ends. */
const now = new Date('2026-06-01T00:00:00Z');

let folder: string;
let pem: string;
let bucket: ServedBucket;
let kept: readonly StoredVersion[];
let manifestKey: string;
let memoryKey: string;

beforeAll(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDRESPONDER';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  process.env['AWS_MAX_ATTEMPTS'] = '1';
  folder = mkdtempSync(join(tmpdir(), 'eks-ir-evidence-'));
  pem = join(folder, 'key.pem');
  writeFileSync(pem, createPublicKey(sealingKey).export({ type: 'spki', format: 'pem' }));
  bucket = await ServedBucket.start();
  await play(loadIncident(join(root, 'incidents', 'node-forensics', '30-memory.yaml')), (evidence) => {
    kept = [...evidence];
  });
  manifestKey = kept.find(({ key }) => key.endsWith('/manifest-incident.json'))?.key ?? '';
  memoryKey = kept.find(({ key }) => key.endsWith('/memory.lime'))?.key ?? '';
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await bucket.close();
});
beforeEach(() => {
  bucket.versions = [...kept];
  bucket.refusal = null;
});

/** The exit status and what was printed. */
async function verified(key = kmsKey, at = now): Promise<{ status: number; lines: string[] }> {
  const lines: string[] = [];
  const options = { key, region: 'eu-central-1', endpoint: bucket.endpoint };
  const status = await verifyEvidence(`s3://evidence/${manifestKey}`, options, at, (line) => lines.push(line));
  return { status, lines };
}

test.each([
  ['KMS', () => kmsKey],
  ['a public key', () => pem],
])('intact evidence in the bucket itself, its seal verified by %s', async (_, key) => {
  const { status, lines } = await verified(key());
  expect(lines).toEqual([expect.stringMatching(/^intact: \d+ entries of node-forensics-/)]);
  expect(status).toBe(0);
});

describe('what was done in the bucket is found and named', () => {
  const changed = (key: () => string, change: Partial<ServedVersion>) => () =>
    bucket.versions.map((it) => (it.key === key() ? { ...it, ...change } : it));
  const added = (one: () => ServedVersion) => () => [...bucket.versions, one()];
  const one = (key: string, body: string): ServedVersion => ({
    key,
    versionId: 'v-later',
    body,
    lockedUntil: '2027-05-12T10:00:00.000Z',
    at: '2026-05-20T10:00:00.000Z',
  });
  const cases: [string, () => ServedVersion[], RegExp][] = [
    ['other bytes', changed(() => memoryKey, { body: 'nothing' }), /^altered: .*memory\.lime/],
    ['a version that is gone', changed(() => memoryKey, { versionId: 'v-other' }), /^missing: .*memory\.lime/],
    [
      'a version with other bytes',
      added(() => one(memoryKey, 'planted')),
      /^foreign: .*memory\.lime: its version v-later/,
    ],
    [
      'an object that no entry names',
      added(() => one(memoryKey.replace('memory', 'planted'), 'x')),
      /^foreign: .*planted\.lime: no entry names it/,
    ],
    [
      'a deletion',
      added(() => ({ ...one(memoryKey, ''), deleted: true })),
      /^foreign: .*memory\.lime: somebody has deleted it/,
    ],
    ['no lock', changed(() => memoryKey, { lockedUntil: null }), /^unlocked: .*memory\.lime.* is not locked$/],
    ['a lock that some may lift', changed(() => memoryKey, { mode: 'GOVERNANCE' }), /^unlocked: .*GOVERNANCE mode/],
  ];
  test.each(cases)('%s', async (_, harmed, says) => {
    bucket.versions = harmed();
    const { status, lines } = await verified();
    expect(lines).toContainEqual(expect.stringMatching(says));
    expect(status).toBe(1);
  });

  test('a seal that the key did not sign', async () => {
    bucket.versions = bucket.versions.map((it) =>
      it.key === manifestKey ? { ...it, body: it.body.replace(/"sealedAt": "2026/, '"sealedAt": "2025') } : it,
    );
    expect((await verified()).lines).toContainEqual(expect.stringMatching(/^forged: the seal/));
  });

  test('locks that have ended', async () => {
    const { status, lines } = await verified(kmsKey, new Date('2030-01-01T00:00:00Z'));
    expect(lines[0]).toMatch(/^unlocked: .* has not been locked since 2027-/);
    expect(status).toBe(1);
  });
});

describe('what a manifest says for itself', () => {
  const rewritten = (change: (text: string) => string) => {
    bucket.versions = kept.map((it) => (it.key === manifestKey ? { ...it, body: change(it.body) } : it));
  };

  test('a name that is there twice is named, for not everybody reads the same of the two', async () => {
    rewritten((text) => text.replace('"bucket":', '"bucket": "elsewhere", "bucket":'));
    expect((await verified()).lines).toContainEqual(expect.stringMatching(/^altered: .*"bucket" twice in one object/));
  });

  test('nothing of it starts a line', async () => {
    rewritten((text) => text.replace(/"key": "/, '"key": "x\\nintact: 9 entries \\u001b[2K\\u202e'));
    const { status, lines } = await verified();
    expect(lines).toContainEqual(expect.stringContaining('(x\\u000aintact: 9 entries \\u001b[2K\\u202e'));
    expect(lines.filter((line) => /\p{C}/u.test(line))).toEqual([]);
    expect(status).toBe(1);
  });

  test('the manifest of another incident in its place is foreign there', async () => {
    const elsewhere = 'incidents/network-change-2026-05-12-0a1b2c3d/manifest-incident.json';
    bucket.versions = kept.map((it) => (it.key === manifestKey ? { ...it, key: elsewhere } : it));
    const lines: string[] = [];
    const options = { key: kmsKey, region: 'eu-central-1', endpoint: bucket.endpoint };
    expect(await verifyEvidence(`s3://evidence/${elsewhere}`, options, now, (line) => lines.push(line))).toBe(1);
    expect(lines[0]).toMatch(/^foreign: .*: it is the manifest of node-forensics-/);
  });

  test('to machines it is one document', async () => {
    bucket.versions = kept.map((it) => (it.key === memoryKey ? { ...it, body: 'nothing' } : it));
    const lines: string[] = [];
    const options = { key: kmsKey, region: 'eu-central-1', endpoint: bucket.endpoint, json: true };
    expect(await verifyEvidence(`s3://evidence/${manifestKey}`, options, now, (line) => lines.push(line))).toBe(1);
    expect(JSON.parse(lines.join('\n'))).toMatchObject({
      intact: false,
      incidentId: expect.stringMatching(/^node-forensics-/) as unknown,
      flaws: [{ kind: 'altered', what: expect.stringContaining(memoryKey) as unknown }],
    });
  });
});

test('the same bytes stored twice are one piece of evidence', async () => {
  const again = bucket.versions.filter(({ key }) => key === memoryKey);
  bucket.versions = [...again.map((it) => ({ ...it, versionId: 'v-again' })), ...bucket.versions];
  expect((await verified()).status).toBe(0);
});

describe('what cannot be checked is said in one line', () => {
  const verify = (manifest: string, options: { objects?: string; key?: string }) =>
    verifyEvidence(
      manifest,
      { key: kmsKey, region: 'eu-central-1', endpoint: bucket.endpoint, ...options },
      now,
      () => {},
    );
  const s3 = () => `s3://evidence/${manifestKey}`;
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      'no object of that name',
      () => verify('s3://evidence/nothing.json', {}),
      /^s3:\/\/evidence\/nothing\.json: there is no such object/,
    ],
    ['no URL of an object', () => verify('s3://evidence', {}), /^s3:\/\/evidence: not an object in S3/],
    ['no manifest', () => verify(`s3://evidence/${memoryKey}`, {}), /memory\.lime: not JSON$/],
    ['a folder for a bucket', () => verify(s3(), { objects: folder }), /^--objects: /],
    ['a folder that nobody named', () => verify('manifest.json', {}), /^--objects: /],
    ['a key that is none', () => verify(s3(), { key: join(root, 'dynalite.d.ts') }), /not a public key in PEM$/],
    ['a key that is not there', () => verify(s3(), { key: 'nothing.pem' }), /^nothing\.pem: there is no such file/],
  ];
  test.each(cases)('%s', async (_, check, says) => {
    const error = await check().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'BadInput', message: expect.stringMatching(says) as unknown });
    expect((error as Error).message).not.toContain('\n');
  });

  test('a bucket that does not let us read', async () => {
    bucket.refusal = 'AccessDenied';
    await expect(verified()).rejects.toThrow(/^s3:\/\/evidence\/.*: AccessDenied: .*--profile/);
  });
});
