import { constants, createHash, createPrivateKey, createPublicKey, privateEncrypt } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import { sealingKey } from '../../replay/estate/sealing-key';
import { chainStart, hashEntry, type ManifestEntry } from '../../runbooks/evidence';
import { checkManifest, type FoundObject, measured, type SealedManifest } from '../../runbooks/evidence-check';

const incidentId = 'node-forensics-2026-05-12-0a1b2c3d';
const publicKey = createPublicKey(createPrivateKey(sealingKey)).export({ type: 'spki', format: 'pem' }).toString();
const bodies = new Map(
  ['one', 'two', 'three'].map((name) => [`incidents/${incidentId}/${name}.json`, `{"it":"${name}"}`]),
);

function intact(): { manifest: SealedManifest; objects: Map<string, FoundObject> } {
  const entries: ManifestEntry[] = [];
  for (const [key, body] of bodies) {
    const linked = {
      incidentId,
      sequence: entries.length + 1,
      kind: 'instance',
      description: key,
      bucket: 'evidence',
      key,
      versionId: `v-${entries.length + 1}`,
      ...measured(Buffer.from(body)),
      collectedAt: '2026-05-12T10:00:06.000Z',
      collectedBy: 'collect-node-evidence',
      requestId: null,
      previousHash: entries.at(-1)?.hash ?? chainStart(incidentId),
    };
    entries.push({ ...linked, hash: hashEntry(linked) });
  }
  const unsigned = {
    incidentId,
    entries: entries.length,
    lastHash: entries.at(-1)?.hash ?? '',
    sealedAt: '2026-05-12T10:05:00.000Z',
    keyId: 'key',
    signingAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  };
  const digest = createHash('sha256')
    .update(stringify(unsigned) ?? '')
    .digest();
  const padded = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);
  const signature = privateEncrypt({ key: sealingKey, padding: constants.RSA_PKCS1_PADDING }, padded).toString(
    'base64',
  );
  const objects = new Map([...bodies].map(([key, body]) => [key, measured(Buffer.from(body))]));
  return { manifest: { seal: { ...unsigned, signature }, entries }, objects };
}

function check({ manifest, objects }: ReturnType<typeof intact>) {
  return checkManifest(
    manifest,
    {
      find: async (key) => objects.get(key) ?? null,
      list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
    },
    publicKey,
  );
}

test('an intact manifest has no flaw', async () => {
  expect(await check(intact())).toEqual([]);
});

describe('what was done to the evidence is found and named', () => {
  const [first = '', second = '', third = ''] = [...bodies.keys()];
  type Case = [string, (it: ReturnType<typeof intact>) => void, string, string];
  const cases: Case[] = [
    ['an altered byte', ({ objects }) => objects.set(second, measured(Buffer.from('{"it":"twO"}'))), 'altered', second],
    ['a missing object', ({ objects }) => objects.delete(third), 'missing', third],
    ['a removed entry', ({ manifest }) => manifest.entries.splice(1, 1), 'removed', 'entry 2 is not there'],
    ['a last entry cut off', ({ manifest }) => manifest.entries.pop(), 'removed', 'the seal counts 3 entries'],
    ['two entries swapped', ({ manifest }) => manifest.entries.reverse(), 'reordered', 'entry 3 stands before entry 2'],
    [
      'a foreign object',
      ({ objects }) => objects.set(`incidents/${incidentId}/planted.json`, measured(Buffer.from('{}'))),
      'foreign',
      'planted.json',
    ],
    [
      'an altered entry',
      ({ manifest }) => Object.assign(manifest.entries[0] ?? {}, { collectedBy: 'somebody else' }),
      'altered',
      `entry 1 (${first})`,
    ],
    [
      'an altered seal',
      ({ manifest }) => Object.assign(manifest.seal, { sealedAt: '2026-05-13T00:00:00.000Z' }),
      'forged',
      'the seal',
    ],
  ];
  test.each(cases)('%s', async (_name, harm, kind, what) => {
    const it = intact();
    harm(it);
    const flaws = await check(it);
    expect(flaws.filter((flaw) => flaw.kind === kind).map((flaw) => flaw.what)).toContainEqual(
      expect.stringContaining(what),
    );
  });
});
