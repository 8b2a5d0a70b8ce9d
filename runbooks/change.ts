import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import * as z from 'zod';
import { purpose } from './decision';
import { json, resource } from './incident';

/**
 * A change is one alteration of the world that is proposed, approved, applied, verified and undone as a whole.
 * `before` and `after` hold only the fields that it touches: the world may move elsewhere without making it void.
 */
export const change = z.strictObject({
  /** Unique within its set and the same whenever the same change is proposed again. */
  id: z.string(),
  /** The name of the action's file in `tasks/actions/`. */
  action: z.string(),
  target: resource,
  before: json,
  after: json,
  /** What a responder reads: one line, written by us, with event data only where it is an identifier. */
  line: z.string(),
  /** False where no inverse exists: such a change needs two approvers, whatever the plan says. */
  reversible: z.boolean(),
  /** Where what stood before is known from: `present` is what AWS or Kubernetes answered when it was proposed. A `recommended-minimum` is never applied without a human. */
  knownFrom: z.enum(['present', 'event', 'baseline', 'config-history', 'recommended-minimum', 'ledger']),
  /** Who will put the old state back: a CloudFormation stack, Terraform, Karpenter, … or null. */
  owner: z.string().nullable(),
  warnings: z.array(z.string()),
  /** What applying it must know beside the two sides: whether a replacement is started, for one. */
  parameters: json.optional(),
  /** Why a human decides on it whatever the plan says: it would isolate the last healthy node, for one. */
  askBecause: z.string().optional(),
});
export type Change = z.infer<typeof change>;

export const changeSet = z.strictObject({
  incidentId: z.string(),
  purpose,
  /** The first proposal is round 1; each time the world has moved a new round begins. */
  round: z.number().int().positive(),
  hash: z.string(),
  changes: z.array(change),
});
export type ChangeSet = z.infer<typeof changeSet>;

/**
 * The hash that a human approves: over what will happen, in order, and what it is done to. The words that
 * describe it are left out; the incident and the round are in, so that no approval fits another proposal.
 */
export function hashChangeSet(set: Omit<ChangeSet, 'hash'>): string {
  const effects = set.changes.map(({ id, action, target, before, after, parameters }) => ({
    ...{ id, action, target, before, after },
    ...(parameters === undefined ? {} : { parameters }),
  }));
  return sha256({ incidentId: set.incidentId, purpose: set.purpose, round: set.round, effects });
}

/** SHA-256 in hexadecimal of a value's canonical JSON: keys sorted, no white space. */
export function sha256(value: unknown): string {
  return createHash('sha256')
    .update(stringify(value) ?? 'undefined')
    .digest('hex');
}

/**
 * A change as the ledger keeps it. Its intent is written before the first call that it makes; `waiting`: its time has not
 * come, and no call was made for it.
 */
export const ledgerState = z.enum(['waiting', 'intent', 'applied', 'verified', 'partly-applied', 'failed', 'undone']);
export type LedgerState = z.infer<typeof ledgerState>;

export const ledgerEntry = z.strictObject({
  incidentId: z.string(),
  changeSetHash: z.string(),
  /** Position within the change set, from 0: the order in which it was applied. Undo goes the other way. */
  position: z.number().int().nonnegative(),
  change,
  /** The same change turned round: what `release` applies. */
  inverse: change.nullable(),
  state: ledgerState,
  /** The lease's fencing number under which it was applied. */
  fence: z.number().int(),
  intendedAt: z.string(),
  /** When it came to its present state. */
  at: z.string(),
  /** Why it failed, in AWS's words; what it waits for while it waits. */
  failure: z.string().nullable(),
  /** What AWS calls the work that was started: an update's id, a snapshot's. */
  reference: z.string().nullable(),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;
