import * as z from 'zod';
import { severity } from './incident';

/** How a response is carried out in the end: `observe` is proposed and shown, and nothing is changed. */
export const mode = z.enum(['observe', 'approval', 'automatic']);
export type Mode = z.infer<typeof mode>;

/**
 * What a plan may ask for: to keep safe what is there, to stop the harm, to take the rights of whoever did it away, to put
 * right what was made wrong.
 */
export const plannedPurpose = z.enum(['protect', 'contain', 'expel', 'remediate']);
export type PlannedPurpose = z.infer<typeof plannedPurpose>;

/** Why a change set is made: what the plan asks for, or to take back what we did. */
export const purpose = z.enum([...plannedPurpose.options, 'undo']);
export type Purpose = z.infer<typeof purpose>;

/** A list of the plan's approvers by its name; who that is in Slack is looked up when the question is asked. */
export const approverList = z.strictObject({
  name: z.string(),
  slackUsers: z.array(z.string()),
  slackUserGroups: z.array(z.string()),
  emails: z.array(z.string()),
  fallback: z.array(z.string()),
});
export type ApproverList = z.infer<typeof approverList>;

/** A rule's response as it was decided: a later edit of the plan changes nothing of it. */
export const response = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('never') }),
  z.strictObject({
    mode: z.enum(['automatic', 'approval']),
    actions: z.array(z.string()),
    approvers: approverList,
    count: z.number().int().positive(),
    withinSeconds: z.number().int().positive(),
    remindAfterSeconds: z.number().int().positive(),
    escalate: z.strictObject({ to: approverList, afterSeconds: z.number().int().positive() }).nullable(),
    moreTime: z.strictObject({ bySeconds: z.number().int().positive(), times: z.number().int().nonnegative() }),
    onSilence: z.enum(['leave', 'apply']),
  }),
]);
export type Response = z.infer<typeof response>;

/** What the plan decided and by what: enough to explain the decision years later. */
export const decision = z.strictObject({
  ruleId: z.string(),
  because: z.string(),
  severity,
  /** The rules that held beside it and go on: what they ask for is added to what it asks for. */
  alongside: z.array(z.string()).default([]),
  /** SHA-256 of the plan as it was loaded. */
  planDigest: z.string(),
  /** What the rule asks for. What becomes of it depends on the proposal too: see `Proposal`. */
  protect: response.default({ mode: 'never' }),
  contain: response,
  expel: response.default({ mode: 'never' }),
  remediate: response,
  /** Whether the nodes that the incident names go to node-forensics. */
  forensics: z.boolean().default(false),
  /** Whether the rule decided because its condition could not be evaluated: then nothing is automatic. */
  doubted: z.boolean().default(false),
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
  /** How often in a row it had to be made again because the world had moved. */
  moved: z.number().int().nonnegative(),
  mode,
  /** Why the plan's `automatic` became something else, in words; null where it did not. */
  restrainedBecause: z.string().nullable(),
  approvalId: z.string().nullable(),
  /** The change set that was proposed before and that the world has overtaken; null in the first round. */
  supersedes: z.string().nullable(),
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
    /** Nobody knows what to change it into, and nothing safe could be offered: a human has been told. */
    'unresolved',
    /** The world moved under every proposal, or another incident holds a target: a human has been told. */
    'contested',
  ]),
});
export type Proposal = z.infer<typeof proposal>;
