import { z } from 'zod';
import { severity } from './incident';

/** How a response is carried out in the end: `observe` is proposed and shown, and nothing is changed. */
export const mode = z.enum(['observe', 'approval', 'automatic']);
export type Mode = z.infer<typeof mode>;

/** What a plan may ask for: to keep safe what is there, to stop the harm, to put right what was made wrong. */
export const plannedPurpose = z.enum(['protect', 'contain', 'remediate']);
export type PlannedPurpose = z.infer<typeof plannedPurpose>;

/** Why a change set is made: what the plan asks for, or to take back what we did. */
export const purpose = z.enum([...plannedPurpose.options, 'undo']);
export type Purpose = z.infer<typeof purpose>;

/** A rule's response with its approvers looked up, so that a later edit of the plan changes nothing that was decided. */
export const response = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('never') }),
  z.strictObject({
    mode: z.enum(['automatic', 'approval']),
    actions: z.array(z.string()),
    approvers: z.array(z.string()).min(1),
    count: z.number().int().positive(),
    withinSeconds: z.number().int().positive(),
    onSilence: z.enum(['leave', 'apply']),
  }),
]);
export type Response = z.infer<typeof response>;

/** What the plan decided and by what: enough to explain the decision years later. */
export const decision = z.strictObject({
  ruleId: z.string(),
  because: z.string(),
  severity,
  /** SHA-256 of the plan as it was loaded. */
  planDigest: z.string(),
  /** What the rule asks for. What becomes of it depends on the proposal too: see `Proposal`. */
  protect: response.default({ mode: 'never' }),
  contain: response,
  remediate: response,
  notify: z.boolean(),
  /** The version of the incident that was judged: an event that joins later makes it outdated. */
  incidentVersion: z.number().int(),
  at: z.string(),
});
export type Decision = z.infer<typeof decision>;

/** What became of one purpose of the plan. */
export const proposal = z.strictObject({
  changeSetHash: z.string(),
  round: z.number().int().positive(),
  mode,
  /** Why the plan's `automatic` became something else, in words; null where it did not. */
  restrainedBecause: z.string().nullable(),
  approvalId: z.string().nullable(),
  state: z.enum([
    'proposed',
    'applying',
    'applied',
    'verified',
    'failed',
    'rejected',
    'unanswered',
    'observed',
    /** The world moved, or the plan was overtaken: it will be proposed again. */
    'void',
    /** The world moved under every proposal, or another incident holds a target: a human has been told. */
    'contested',
  ]),
});
export type Proposal = z.infer<typeof proposal>;

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
