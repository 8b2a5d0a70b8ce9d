import { constants, createHash, createPrivateKey, createPublicKey, privateEncrypt } from 'node:crypto';
import { Readable } from 'node:stream';
import stringify from 'safe-stable-stringify';
import { sealingKey } from '../../replay/estate/sealing-key';
import { chainStart, type EvidencePart, hashEntry, type ManifestEntry, sha256OfParts } from '../../runbooks/evidence';
import { byPublicKey, checkManifest, type SealedManifest } from '../../runbooks/evidence-check';

const incidentId = 'node-forensics-2026-05-12-0a1b2c3d';
const publicKey = createPublicKey(createPrivateKey(sealingKey)).export({ type: 'spki', format: 'pem' }).toString();
const bodies = new Map(
  ['one', 'two', 'three'].map((name) => [`incidents/${incidentId}/${name}.json`, `{"it":"${name}"}`]),
);

interface Body {
  readonly key: string;
  readonly body: string;
  readonly parts?: EvidencePart[];
}

function intact(all: readonly Body[] = [...bodies].map(([key, body]) => ({ key, body }))): {
  manifest: SealedManifest;
  objects: Map<string, string>;
} {
  const entries: ManifestEntry[] = [];
  for (const { key, body, parts } of all) {
    const linked = {
      incidentId,
      sequence: entries.length + 1,
      kind: 'instance',
      description: key,
      bucket: 'evidence',
      key,
      versionId: `v-${entries.length + 1}`,
      ...(parts === undefined
        ? { sha256: createHash('sha256').update(body).digest('hex') }
        : { sha256: sha256OfParts(parts), parts }),
      sizeBytes: body.length,
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
  return {
    manifest: { seal: { ...unsigned, signature }, entries },
    objects: new Map(all.map(({ key, body }) => [key, body])),
  };
}

function fail(): never {
  throw new Error('there are three entries');
}

function check({ manifest, objects }: ReturnType<typeof intact>) {
  return checkManifest(
    manifest,
    {
      open: async (key) => {
        const body = objects.get(key);
        // Chunks end where no part does.
        return body === undefined ? null : Readable.from((body.match(/.{1,4}/gs) ?? []).map((it) => Buffer.from(it)));
      },
      list: async (prefix) =>
        [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key, versionId: null })),
    },
    byPublicKey(publicKey),
    new Date('2026-06-01T00:00:00Z'),
  );
}

test('an intact manifest has no flaw', async () => {
  expect(await check(intact())).toEqual([]);
});

describe('what was done to the evidence is found and named', () => {
  const [first = '', second = '', third = ''] = [...bodies.keys()];
  type Case = [string, (it: ReturnType<typeof intact>) => void, string, string];
  const cases: Case[] = [
    ['an altered byte', ({ objects }) => objects.set(second, '{"it":"twO"}'), 'altered', second],
    ['a missing object', ({ objects }) => objects.delete(third), 'missing', third],
    ['a removed entry', ({ manifest }) => manifest.entries.splice(1, 1), 'removed', 'entry 2 is not there'],
    ['a last entry cut off', ({ manifest }) => manifest.entries.pop(), 'removed', 'the seal counts 3 entries'],
    ['two entries swapped', ({ manifest }) => manifest.entries.reverse(), 'reordered', 'entry 3 stands before entry 2'],
    [
      'an entry added at the end',
      ({ manifest: { entries } }) => entries.push({ ...(entries[2] ?? fail()), sequence: 4 }),
      'foreign',
      'the seal counts 3 entries, and there are 4',
    ],
    [
      'an entry that is there twice',
      ({ manifest: { entries } }) => entries.splice(1, 0, entries[1] ?? fail()),
      'foreign',
      'entry 2 is there twice',
    ],
    [
      'a number that means more entries than there can be',
      ({ manifest: { entries } }) => Object.assign(entries[2] ?? {}, { sequence: Number.MAX_SAFE_INTEGER }),
      'removed',
      `entries 103 to ${Number.MAX_SAFE_INTEGER - 1} are not there`,
    ],
    [
      'a signature with something in it that is none',
      ({ manifest: { seal } }) => Object.assign(seal, { signature: seal.signature.replace(/^..../, '$&!') }),
      'forged',
      'the seal',
    ],
    [
      'a manifest that the key has not sealed',
      ({ objects }) => objects.set(`incidents/${incidentId}/manifest-planted.json`, '{}'),
      'foreign',
      'manifest-planted.json',
    ],
    [
      'a foreign object',
      ({ objects }) => objects.set(`incidents/${incidentId}/planted.json`, '{}'),
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

describe('what was sealed after it', () => {
  const later = `incidents/${incidentId}/manifest-undo-1.json`;
  const all = [...bodies].map(([key, body]) => ({ key, body }));
  /** The first segment, with all that was entered since beside it. */
  const segments = () => {
    const { manifest, objects } = intact(all);
    objects.set(later, JSON.stringify(manifest));
    return { manifest: intact(all.slice(0, 2)).manifest, objects };
  };

  test('is known by its own seal', async () => {
    expect(await check(segments())).toEqual([]);
  });

  test('was sealed before it as well, of which it has everything', async () => {
    const { manifest, objects } = intact();
    objects.set(later, JSON.stringify(intact(all.slice(0, 2)).manifest));
    expect(await check({ manifest, objects })).toEqual([]);
  });

  test('is foreign where that seal is gone', async () => {
    const { manifest, objects } = segments();
    objects.delete(later);
    expect(await check({ manifest, objects })).toMatchObject([
      { kind: 'foreign', what: expect.stringMatching(/three/) },
    ]);
  });

  test('is named where it has other entries', async () => {
    const { manifest, objects } = segments();
    objects.set(later, JSON.stringify(intact(all.slice(1)).manifest));
    expect(await check({ manifest, objects })).toContainEqual({
      kind: 'foreign',
      what: `${later}: it has other entries than this manifest`,
    });
  });
});

describe('an object that came in parts', () => {
  const image = 'one-two-three';
  const key = `incidents/${incidentId}/memory`;
  const parts = ['one-', 'two-t', 'hree'].map((text, index) => ({
    number: index + 1,
    sizeBytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  const flawsOf = (bytes: string) => {
    const one = { key, body: image, parts };
    const { manifest, objects } = intact([one]);
    objects.set(key, bytes);
    return check({ manifest, objects });
  };

  test('is held against the digests of its parts', async () => {
    expect(await flawsOf(image)).toEqual([]);
  });

  test.each([
    ['altered', 'one-Two-three'],
    ['cut off', 'one-two-thre'],
    ['with something after it', 'one-two-three!'],
    ['with parts in another order', 'two-tone-hree'],
  ])('%s is found', async (_, bytes) => {
    expect(await flawsOf(bytes)).toMatchObject([{ kind: 'altered', what: expect.stringContaining(key) as unknown }]);
  });
});
