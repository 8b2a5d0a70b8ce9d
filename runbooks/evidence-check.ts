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
  readonly kind: 'altered' | 'missing' | 'removed' | 'reordered' | 'foreign' | 'forged' | 'unlocked';
  readonly what: string;
}

/** Until when nobody may delete a version, as Object Lock has it. */
interface Lock {
  readonly mode: string;
  readonly until: Date;
}

/** What lies where the evidence lies. Null for a version where versions have no ids. */
export interface Found {
  readonly key: string;
  readonly versionId: string | null;
  /** Whether it is but a mark that hides the versions before it. */
  readonly deleted?: boolean;
}

/** Where the evidence lies. */
export interface Locker {
  /** The bytes of the very version, or null where it is not there. */
  readonly open: (key: string, versionId: string) => Promise<AsyncIterable<Uint8Array> | null>;
  /** Everything under a prefix. */
  readonly list: (prefix: string) => Promise<readonly Found[]>;
  /** How a version is locked, null where it is not; left out where nothing can be. */
  readonly lock?: (key: string, versionId: string) => Promise<Lock | null>;
}

/** Whether a document, such as a seal without its signature, was signed by the sealing key. */
export type VerifySignature = (document: Buffer, signature: Buffer) => Promise<boolean>;

/** @param publicKey of the sealing key, PEM. Throws where it is none. */
export function byPublicKey(publicKey: string): VerifySignature {
  const key = createPublicKey(publicKey);
  return async (document, signature) => verify('sha256', document, key, signature);
}

/**
 * Holds a manifest against the objects that it lists and against its seal, and names everything that does not fit. An empty
 * list: nothing was altered, removed, reordered or added, and nothing can be deleted yet.
 */
export async function checkManifest(
  { seal: sealed, entries }: SealedManifest,
  locker: Locker,
  isSigned: VerifySignature,
  now: Date,
): Promise<Flaw[]> {
  const flaws = [...(await checkSeal(sealed, entries, isSigned)), ...checkChain(sealed.incidentId, entries)];
  for (const entry of entries) {
    const { key, versionId, sequence } = entry;
    const bytes = await locker.open(key, versionId);
    if (bytes === null) {
      flaws.push({ kind: 'missing', what: `${key}: the object of entry ${sequence} is gone` });
      continue;
    }
    const found = await measured(bytes, entry.parts ?? []);
    if (found.sha256 !== entry.sha256 || found.sizeBytes !== entry.sizeBytes) {
      flaws.push({
        kind: 'altered',
        what: `${key}: its bytes are not those that entry ${sequence} names (SHA-256 ${found.sha256}, not ${entry.sha256})`,
      });
    }
    const open = locker.lock === undefined ? null : whyUnlocked(await locker.lock(key, versionId), now);
    if (open !== null) flaws.push({ kind: 'unlocked', what: `${key}: the object of entry ${sequence} ${open}` });
  }
  return [...flaws, ...(await checkOthers(sealed.incidentId, entries, locker))];
}

function whyUnlocked(lock: Lock | null, now: Date): string | null {
  if (lock === null) return 'is not locked';
  if (lock.until <= now) return `has not been locked since ${lock.until.toISOString()}`;
  return lock.mode === 'COMPLIANCE' ? null : `is locked in ${lock.mode} mode, which some may lift`;
}

/** What lies beside the evidence and is none: whole objects, and versions of known objects with other bytes. */
async function checkOthers(incidentId: string, entries: readonly ManifestEntry[], locker: Locker): Promise<Flaw[]> {
  const flaws: Flaw[] = [];
  const prefix = `incidents/${incidentId}/`;
  const foreign = (what: string) => flaws.push({ kind: 'foreign', what });
  for (const { key, versionId, deleted } of await locker.list(prefix)) {
    const known = entries.filter((entry) => entry.key === key);
    if (deleted === true) foreign(`${key}: somebody has deleted it, which hides it and takes nothing away`);
    else if (/^manifest-[^/]+\.json$/.test(key.slice(prefix.length))) continue;
    else if (known.length === 0) foreign(`${key}: no entry names it`);
    else if (versionId !== null && !known.some((entry) => entry.versionId === versionId)) {
      const bytes = await locker.open(key, versionId);
      const found = bytes === null ? null : await measured(bytes, known[0]?.parts ?? []);
      // What is stored a second time after a failure is the same evidence, and entered once.
      if (!known.some(({ sha256 }) => sha256 === found?.sha256)) {
        foreign(`${key}: its version ${versionId} has other bytes, and no entry names it`);
      }
    }
  }
  return flaws;
}

async function checkSeal(
  sealed: SealedManifest['seal'],
  entries: readonly ManifestEntry[],
  isSigned: VerifySignature,
): Promise<Flaw[]> {
  const { signature, ...unsigned } = sealed;
  const flaws: Flaw[] = [];
  const document = Buffer.from(stringify(unsigned) ?? '');
  if (!(await isSigned(document, Buffer.from(signature, 'base64')))) {
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
