import { createHash, createPublicKey, verify } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import * as z from 'zod';
import {
  chainStart,
  type EvidencePart,
  hashEntry,
  type ManifestEntry,
  manifestEntry,
  seal,
  sha256OfParts,
} from './evidence';

/** A manifest as it lies beside the evidence that it lists. */
export const sealedManifest = z.strictObject({ seal, entries: z.array(manifestEntry) });
export type SealedManifest = z.infer<typeof sealedManifest>;

/** What is wrong with a manifest or with what it lists. */
export interface Flaw {
  readonly kind: 'altered' | 'missing' | 'removed' | 'reordered' | 'foreign' | 'forged';
  readonly what: string;
}

/** Where the evidence lies. */
export interface Locker {
  /** The bytes of the very version, or null where it is not there. */
  readonly open: (key: string, versionId: string) => Promise<AsyncIterable<Uint8Array> | null>;
  /** Every key under a prefix. */
  readonly list: (prefix: string) => Promise<readonly string[]>;
}

/**
 * Holds a manifest against the objects that it lists and against its seal, and names everything that does not fit. An empty
 * list: nothing was altered, removed, reordered or added.
 *
 * @param publicKey of the sealing key, PEM
 */
export async function checkManifest(
  { seal: sealed, entries }: SealedManifest,
  locker: Locker,
  publicKey: string,
): Promise<Flaw[]> {
  const flaws = [...checkSeal(sealed, entries, publicKey), ...checkChain(sealed.incidentId, entries)];
  for (const entry of entries) {
    const bytes = await locker.open(entry.key, entry.versionId);
    if (bytes === null) {
      flaws.push({ kind: 'missing', what: `${entry.key}: the object of entry ${entry.sequence} is gone` });
      continue;
    }
    const found = await measured(bytes, entry.parts ?? []);
    if (found.sha256 !== entry.sha256 || found.sizeBytes !== entry.sizeBytes) {
      flaws.push({
        kind: 'altered',
        what: `${entry.key}: its bytes are not those that entry ${entry.sequence} names (SHA-256 ${found.sha256}, not ${entry.sha256})`,
      });
    }
  }
  const prefix = `incidents/${sealed.incidentId}/`;
  const known = new Set(entries.map(({ key }) => key));
  for (const key of await locker.list(prefix)) {
    const isManifest = /^manifest-[^/]+\.json$/.test(key.slice(prefix.length));
    if (!known.has(key) && !isManifest) flaws.push({ kind: 'foreign', what: `${key}: no entry names it` });
  }
  return flaws;
}

function checkSeal(sealed: SealedManifest['seal'], entries: readonly ManifestEntry[], publicKey: string): Flaw[] {
  const { signature, ...unsigned } = sealed;
  const flaws: Flaw[] = [];
  const document = Buffer.from(stringify(unsigned) ?? '');
  if (!verify('sha256', document, createPublicKey(publicKey), Buffer.from(signature, 'base64'))) {
    flaws.push({
      kind: 'forged',
      what: `the seal of ${sealed.incidentId} was not signed by this key, or was altered since`,
    });
  }
  if (entries.length !== sealed.entries) {
    flaws.push({ kind: 'removed', what: `the seal counts ${sealed.entries} entries, and there are ${entries.length}` });
  }
  const last = entries.reduce<ManifestEntry | null>((a, b) => (a === null || b.sequence > a.sequence ? b : a), null);
  if ((last?.hash ?? '') !== sealed.lastHash) {
    flaws.push({ kind: 'removed', what: 'the last entry is not the one that was sealed' });
  }
  return flaws;
}

function checkChain(incidentId: string, entries: readonly ManifestEntry[]): Flaw[] {
  const flaws: Flaw[] = [];
  for (const [index, { hash, ...rest }] of entries.entries()) {
    if (hashEntry(rest) !== hash) {
      flaws.push({
        kind: 'altered',
        what: `entry ${rest.sequence} (${rest.key}) is not as it was when it was entered`,
      });
    }
    const before = entries[index - 1];
    if (before !== undefined && before.sequence >= rest.sequence) {
      flaws.push({ kind: 'reordered', what: `entry ${before.sequence} stands before entry ${rest.sequence}` });
    }
  }
  const inOrder = [...entries].sort((a, b) => a.sequence - b.sequence);
  let [sequence, previous] = [0, chainStart(incidentId)];
  for (const entry of inOrder) {
    for (let gone = sequence + 1; gone < entry.sequence; gone++) {
      flaws.push({ kind: 'removed', what: `entry ${gone} is not there` });
    }
    if (entry.sequence === sequence + 1 && entry.previousHash !== previous) {
      flaws.push({ kind: 'altered', what: `entry ${entry.sequence} (${entry.key}) does not follow the one before it` });
    }
    [sequence, previous] = [entry.sequence, entry.hash];
  }
  return flaws;
}

/**
 * Hexadecimal SHA-256 and size of an object's bytes, read once and never held whole: an image of memory has more than fits
 * into any. With parts, their own digests count, each over as many bytes as its part has.
 */
async function measured(
  bytes: AsyncIterable<Uint8Array>,
  parts: readonly EvidencePart[],
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const sizes = parts.map(({ sizeBytes }) => sizeBytes);
  const digests: string[] = [];
  let [digest, left, sizeBytes] = [createHash('sha256'), sizes[0] ?? Number.POSITIVE_INFINITY, 0];
  for await (const chunk of bytes) {
    sizeBytes += chunk.length;
    let rest = chunk;
    while (rest.length > 0) {
      digest.update(rest.subarray(0, left));
      const taken = Math.min(left, rest.length);
      rest = rest.subarray(taken);
      left -= taken;
      if (left > 0) continue;
      digests.push(digest.digest('hex'));
      digest = createHash('sha256');
      // What follows the last part belongs to no part.
      left = sizes[digests.length] ?? Number.POSITIVE_INFINITY;
    }
  }
  if (parts.length === 0) return { sha256: digest.digest('hex'), sizeBytes };
  return { sha256: sha256OfParts(digests.map((sha256) => ({ sha256 }))), sizeBytes };
}
