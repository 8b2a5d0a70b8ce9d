import { createHash, createPublicKey, verify } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
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

/** Of entries that are missing in a row so many are named. */
const mostNamed = 100;

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
 * list: nothing was altered, removed, reordered or added, and nothing can be deleted yet. What was entered after this seal is
 * known by the seals that lie beside it, and is held against its objects by its own manifest.
 */
export async function checkManifest(
  manifest: SealedManifest,
  locker: Locker,
  isSigned: VerifySignature,
  now: Date,
): Promise<Flaw[]> {
  const { seal: sealed, entries } = manifest;
  const flaws = await checkRecord(manifest, isSigned);
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
  const found = await locker.list(prefixOf(sealed.incidentId));
  const beside = await checkManifestsBeside(manifest, flaws.length === 0, found, locker, isSigned);
  return [
    ...flaws,
    ...beside.flaws,
    ...(await checkOthers(sealed.incidentId, [...entries, ...beside.later], found, locker)),
  ];
}

function prefixOf(incidentId: string): string {
  return `incidents/${incidentId}/`;
}

function isManifest(incidentId: string, key: string): boolean {
  return /^manifest-[^/]+\.json$/.test(key.slice(prefixOf(incidentId).length));
}

/** The seal and the entries by themselves, whatever has become of the objects. */
async function checkRecord({ seal: sealed, entries }: SealedManifest, isSigned: VerifySignature): Promise<Flaw[]> {
  return [...(await checkSeal(sealed, entries, isSigned)), ...checkChain(sealed.incidentId, entries)];
}

/** The chain is sealed more than once, and each seal has what the one before it has. Answers what was entered after this one. */
async function checkManifestsBeside(
  manifest: SealedManifest,
  sound: boolean,
  found: readonly Found[],
  locker: Locker,
  isSigned: VerifySignature,
): Promise<{ readonly flaws: Flaw[]; readonly later: readonly ManifestEntry[] }> {
  const { incidentId } = manifest.seal;
  const flaws: Flaw[] = [];
  let later: readonly ManifestEntry[] = [];
  for (const { key, versionId, deleted } of found) {
    if (deleted === true || !isManifest(incidentId, key)) continue;
    const bytes = await locker.open(key, versionId ?? '');
    const other = bytes === null ? null : await manifestIn(bytes);
    if (other !== null && stringify(other) === stringify(manifest)) continue;
    if (other === null || other.seal.incidentId !== incidentId || (await checkRecord(other, isSigned)).length > 0) {
      flaws.push({ kind: 'foreign', what: `${key}: it is no manifest of this incident that the key has sealed` });
      continue;
    }
    const both = Math.min(other.entries.length, manifest.entries.length);
    if (sound && other.entries[both - 1]?.hash !== manifest.entries[both - 1]?.hash) {
      flaws.push({ kind: 'foreign', what: `${key}: it has other entries than this manifest` });
      continue;
    }
    const added = other.entries.slice(manifest.entries.length);
    if (added.length > later.length) later = added;
  }
  return { flaws, later };
}

async function manifestIn(bytes: AsyncIterable<Uint8Array>): Promise<SealedManifest | null> {
  const text = (await buffer(bytes)).toString('utf8');
  try {
    return sealedManifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function whyUnlocked(lock: Lock | null, now: Date): string | null {
  if (lock === null) return 'is not locked';
  if (lock.until <= now) return `has not been locked since ${lock.until.toISOString()}`;
  return lock.mode === 'COMPLIANCE' ? null : `is locked in ${lock.mode} mode, which some may lift`;
}

/** What lies beside the evidence and is none: whole objects, and versions of known objects with other bytes. */
async function checkOthers(
  incidentId: string,
  entries: readonly ManifestEntry[],
  found: readonly Found[],
  locker: Locker,
): Promise<Flaw[]> {
  const flaws: Flaw[] = [];
  const byKey = new Map<string, ManifestEntry[]>();
  for (const entry of entries) {
    const same = byKey.get(entry.key);
    if (same === undefined) byKey.set(entry.key, [entry]);
    else same.push(entry);
  }
  const foreign = (what: string) => flaws.push({ kind: 'foreign', what });
  for (const { key, versionId, deleted } of found) {
    const known = byKey.get(key) ?? [];
    if (deleted === true) foreign(`${key}: somebody has deleted it, which hides it and takes nothing away`);
    else if (isManifest(incidentId, key)) continue;
    else if (known.length === 0) foreign(`${key}: no entry names it`);
    else if (versionId !== null && !known.some((entry) => entry.versionId === versionId)) {
      const bytes = await locker.open(key, versionId);
      const it = bytes === null ? null : await measured(bytes, known[0]?.parts ?? []);
      // What is stored a second time after a failure is the same evidence, and entered once.
      if (!known.some(({ sha256 }) => sha256 === it?.sha256)) {
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
  const signed = Buffer.from(signature, 'base64');
  // Whatever is no Base64 would be passed over.
  if (signed.toString('base64') !== signature || !(await isSigned(document, signed))) {
    flaws.push({
      kind: 'forged',
      what: `the seal of ${sealed.incidentId} was not signed by this key, or was altered since`,
    });
  }
  if (entries.length !== sealed.entries) {
    flaws.push({
      kind: entries.length > sealed.entries ? 'foreign' : 'removed',
      what: `the seal counts ${sealed.entries} entries, and there are ${entries.length}`,
    });
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
    if (before !== undefined && before.sequence > rest.sequence) {
      flaws.push({ kind: 'reordered', what: `entry ${before.sequence} stands before entry ${rest.sequence}` });
    }
  }
  const inOrder = [...entries].sort((a, b) => a.sequence - b.sequence);
  let [sequence, previous] = [0, chainStart(incidentId)];
  for (const entry of inOrder) {
    flaws.push(...goneBetween(sequence, entry.sequence));
    if (entry.sequence === sequence) flaws.push({ kind: 'foreign', what: `entry ${sequence} is there twice` });
    if (entry.sequence === sequence + 1 && entry.previousHash !== previous) {
      flaws.push({ kind: 'altered', what: `entry ${entry.sequence} (${entry.key}) does not follow the one before it` });
    }
    [sequence, previous] = [entry.sequence, entry.hash];
  }
  return flaws;
}

/** What is missing between two entries, each by itself unless somebody has written a number that means thousands. */
function goneBetween(before: number, after: number): Flaw[] {
  const each = Math.min(after - before - 1, mostNamed);
  const flaws = Array.from({ length: Math.max(each, 0) }, (_, index): Flaw => {
    return { kind: 'removed', what: `entry ${before + 1 + index} is not there` };
  });
  const next = before + 1 + each;
  if (next < after) flaws.push({ kind: 'removed', what: `entries ${next} to ${after - 1} are not there` });
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
