import { z } from 'zod';
import { severity } from './incident';

/** How a response came to be carried out the way it is. */
export const mode = z.enum(['never', 'observe', 'approval', 'automatic']);
export type Mode = z.infer<typeof mode>;

/** What the plan decided and by what: enough to explain the decision years later. */
export const decision = z.strictObject({
  ruleId: z.string(),
  because: z.string(),
  severity,
  /** SHA-256 of the plan as it was loaded. */
  planDigest: z.string(),
  contain: z.array(z.string()),
  remediate: z.array(z.string()),
  /** What the plan asks for. What becomes of it depends on the proposal too: see `Mode`. */
  mode,
  /** Why the plan's `automatic` became something else, in words; null where it did not. */
  restrainedBecause: z.string().nullable(),
  notify: z.boolean(),
  /** The version of the incident that was judged: an event that joins later makes it outdated. */
  incidentVersion: z.number().int(),
  at: z.string(),
});
export type Decision = z.infer<typeof decision>;

/**
 * An approval leaves PENDING once, by a conditional write: whoever comes second (a click, the time limit, a proposal
 * that the world has overtaken) learns what was decided and follows it.
 */
export const approvalStatus = z.enum(['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'VOID']);
export type ApprovalStatus = z.infer<typeof approvalStatus>;

export const vote = z.strictObject({
  userId: z.string(),
  verdict: z.enum(['approve', 'reject']),
  at: z.string(),
  via: z.enum(['slack', 'command-line']),
});
export type Vote = z.infer<typeof vote>;

/** One question to humans. The task token is in the item beside it and nowhere else. */
export const approval = z.strictObject({
  id: z.string(),
  incidentId: z.string(),
  /** What was shown and is decided upon. */
  changeSetHash: z.string(),
  round: z.number().int().positive(),
  status: approvalStatus,
  approvers: z.array(z.string()),
  needed: z.number().int().positive(),
  votes: z.array(vote),
  askedAt: z.string(),
  deadline: z.string(),
  onSilence: z.enum(['leave', 'apply']),
  decidedAt: z.string().nullable(),
});
export type Approval = z.infer<typeof approval>;
