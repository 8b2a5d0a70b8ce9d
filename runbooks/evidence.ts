import { createHash } from 'node:crypto';
import * as z from 'zod';
import { sha256 } from './change';

/** A call that was made for a piece of evidence: `ec2:DescribeInstances`, or `kubernetes:GET /api/v1/nodes`. */
export const evidenceCall = z.strictObject({
  call: z.string(),
  /** What the service calls the request, by which its own log has it; null where it says nothing. */
  requestId: z.string().nullable(),
});
export type EvidenceCall = z.infer<typeof evidenceCall>;

/** A part of an object that was uploaded in parts, in their order. */
export const evidencePart = z.strictObject({
  /** From 1, without gaps. */
  number: z.number().int().positive(),
  sizeBytes: z.number().int().positive(),
  /** Hexadecimal. */
  sha256: z.string(),
});
export type EvidencePart = z.infer<typeof evidencePart>;

/** Hexadecimal SHA-256 of an object in parts as S3 makes it: over its parts' digests, one after another. */
export function sha256OfParts(parts: readonly Pick<EvidencePart, 'sha256'>[]): string {
  const digests = parts.map((part) => Buffer.from(part.sha256, 'hex'));
  return createHash('sha256').update(Buffer.concat(digests)).digest('hex');
}

/**
 * The chain of custody: every piece of evidence is an object in the evidence bucket and an entry here, and each entry
 * carries the hash of the one before. Changing, removing or reordering any entry breaks every later hash.
 */
export const manifestEntry = z.strictObject({
  incidentId: z.string(),
  /** From 1, without gaps. */
  sequence: z.number().int().positive(),
  /** What kind of evidence: `event`, `resource-configuration`, `cloudtrail`, `decision`, `approval`, `ledger`, … */
  kind: z.string(),
  description: z.string(),
  bucket: z.string(),
  key: z.string(),
  /** The version that was written: the same key can be written again, this version cannot be changed. */
  versionId: z.string(),
  /** Hexadecimal, of the object's bytes; of an object with parts, of their digests one after another. */
  sha256: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Where it was too large to be uploaded as one. */
  parts: z.array(evidencePart).optional(),
  collectedAt: z.string(),
  collectedBy: z.string(),
  /** How it was had; none where it is the incident's own record, or an event that came by itself. */
  calls: z.array(evidenceCall).optional(),
  /** AWS's id of the request that stored it. */
  requestId: z.string().nullable(),
  previousHash: z.string(),
  hash: z.string(),
});
export type ManifestEntry = z.infer<typeof manifestEntry>;

/** What the first entry has for a predecessor: the incident itself, so that no chain can be passed off as another's. */
export function chainStart(incidentId: string): string {
  return sha256({ incidentId });
}

export function hashEntry(entry: Omit<ManifestEntry, 'hash'>): string {
  return sha256(entry);
}

/** The seal closes a segment of the chain. Later work on the incident (an undo) opens another, chained to it. */
export const seal = z.strictObject({
  incidentId: z.string(),
  entries: z.number().int().nonnegative(),
  lastHash: z.string(),
  sealedAt: z.string(),
  keyId: z.string(),
  signingAlgorithm: z.string(),
  /** Base64, over the SHA-256 of the seal's canonical JSON without `signature`. */
  signature: z.string(),
});
export type Seal = z.infer<typeof seal>;
