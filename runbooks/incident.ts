import * as z from 'zod';

/** Any JSON value, as it travels through state machines, the store and evidence. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** Least to most severe: the order is the ranking. */
export const severities = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export const severity = z.enum(severities);
export type Severity = z.infer<typeof severity>;

/** A resource by its CloudFormation type, such as `AWS::EC2::SecurityGroup`, and its identifier within account and Region. */
export const resource = z.strictObject({ type: z.string(), id: z.string() });
export type Resource = z.infer<typeof resource>;

/**
 * Who made a call, as CloudTrail names them. Every text in it was chosen by the caller or can be: session names,
 * user agents. `null` is 'the record does not say', never 'no'.
 */
export const actor = z.strictObject({
  /** CloudTrail's `userIdentity.type`: Root, IAMUser, AssumedRole, AWSService, … */
  type: z.string(),
  /** `userIdentity.arn`: for an assumed role the session's ARN. */
  arn: z.string().nullable(),
  /** The user's or role's name; the session's name for a session without an issuer. */
  name: z.string().nullable(),
  /** `userIdentity.invokedBy`: the service that called on somebody's behalf. No proof of automation. */
  service: z.string().nullable(),
  /** What permissions hang on, and plans list as trusted: the role behind a session, otherwise the user. */
  principalArn: z.string().nullable(),
  sessionName: z.string().nullable(),
  accountId: z.string().nullable(),
  sourceIp: z.string().nullable(),
  userAgent: z.string().nullable(),
  mfa: z.boolean().nullable(),
  accessKeyId: z.string().nullable(),
  /** When the session was issued, ISO 8601; of a user's own key the record does not say. */
  sessionSince: z.string().nullable(),
});
export type Actor = z.infer<typeof actor>;

/** What became of the call that an event records. A dry run changed nothing, and neither did the others but the first. */
export const callOutcome = z.enum(['succeeded', 'failed', 'dry-run', 'denied']);
export type CallOutcome = z.infer<typeof callOutcome>;

/**
 * Where an incident stands. Everything before `closed` can still change; `failed` is closed too, with a person told
 * to take over.
 */
export const incidentStatus = z.enum(['open', 'closed', 'failed']);

/** How an incident ended. */
export const incidentOutcomes = [
  'recorded',
  /** The harm is stopped for now; what was wrong may still be there. */
  'contained',
  'remediated',
  'rejected',
  'unanswered',
  'nothing-to-change',
  /** Something should be changed, and nobody knows into what: people were told. */
  'unresolved',
  'observed',
  'partly-applied',
  'undone',
  'partly-undone',
  'contested',
  'failed',
] as const;
export const incidentOutcome = z.enum(incidentOutcomes);
export type IncidentOutcome = z.infer<typeof incidentOutcome>;
