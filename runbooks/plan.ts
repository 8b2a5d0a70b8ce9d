import * as z from 'zod';
import { type CategoryId, categories } from './categories';
import { severity } from './incident';

/**
 * The organisation's incident response plan: one YAML file per category, an ordered list of rules. The first rule whose
 * condition holds decides. The schema is published as `plan.schema.json`, so that editors complete it.
 */

const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A length of time such as `90s`, `30m`, `4h`; parsed to seconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d*[smhd]$/, 'a duration is a whole number and s, m, h or d, such as 30m')
  .transform((text) => Number(text.slice(0, -1)) * seconds[text.slice(-1) as keyof typeof seconds])
  .pipe(z.number().int().positive());

/** An IAM role's or user's ARN; `*` stands for any run of characters within one segment between `:` and `/`. */
const principalPattern = z.string().regex(/^arn:/, 'a principal is an ARN; * may stand for a part of it');

const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'a Slack user id begins with U or W');

/** People who may decide. Groups and addresses are looked up in Slack when the question is asked. */
const approverList = z.strictObject({
  slackUsers: z.array(slackUser).default([]),
  slackUserGroups: z.array(z.string().regex(/^S[A-Z0-9]{2,20}$/, 'a Slack user group id begins with S')).default([]),
  emails: z.array(z.email()).default([]),
  /** Who is asked as well where a group or an address cannot be looked up. */
  fallback: z.array(slackUser).default([]),
});
export type ApproverList = z.infer<typeof approverList>;

/** What happens when nobody answers in time: leave everything as it is, or apply what was proposed. */
const onSilence = z.enum(['leave', 'apply']);

const approval = z.strictObject({
  /** The name of a list in `approvers`. */
  from: z.string(),
  count: z.number().int().min(1).max(10).default(1),
  within: duration,
  onSilence: onSilence.default('leave'),
  /** The first reminder; each next one comes after twice the time. A quarter of `within` where it is left out. */
  remindAfter: duration.optional(),
  /** Who is asked as well when nobody has decided by then. */
  escalate: z.strictObject({ to: z.string(), after: duration }).optional(),
  /** How much longer responders may take, at their own request. */
  moreTime: z.strictObject({ by: duration, times: z.number().int().min(0).max(5) }).prefault({ by: '30m', times: 1 }),
});

/**
 * `automatic` is still bounded: by the brake, by the caps, by what is known of the state before, and by reversibility.
 * Beyond any of them it becomes `approval`, so an automatic response names its approvers too.
 */
const response = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('never') }),
  z.strictObject({ mode: z.enum(['automatic', 'approval']), actions: z.array(z.string()).min(1), approval }),
]);
export type ResponsePolicy = z.infer<typeof response>;

const rule = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a rule id is kebab-case'),
  /** Why this rule exists: shown to the responder beside the decision. */
  because: z.string().min(1).max(300),
  /** A JSONata condition over the situation. A rule without one always holds: it must be the last. */
  when: z.string().min(1).optional(),
  severity,
  /**
   * Whether the rules after it are asked as well: the first of those that holds decides, and what this one asks for is added.
   */
  goesOn: z.boolean().default(false),
  evidence: z.array(z.enum(['events', 'resources', 'cloudtrail'])).default(['events', 'resources', 'cloudtrail']),
  /** Keeps what is there from being lost or replaced: it alters nothing that runs. */
  protect: response.default({ mode: 'never' }),
  /** Stops the harm for now. */
  contain: response.default({ mode: 'never' }),
  /** Takes the rights of whoever did it away. */
  expel: response.default({ mode: 'never' }),
  /** Puts right what was made wrong. */
  remediate: response.default({ mode: 'never' }),
  /** Whether every node that the incident names is preserved and isolated; how, and with whose leave, node-forensics' own plan says. */
  forensics: z.boolean().default(false),
  /** Whether responders are told in Slack; an approval always tells them. */
  notify: z.boolean().default(true),
});
export type Rule = z.infer<typeof rule>;

const common = {
  title: z.string(),
  /** The subcategories of the NIST Cybersecurity Framework that this runbook serves. */
  nist: z.array(z.string().regex(/^[A-Z]{2}\.[A-Z]{2}-\d+$/, 'such as DE.CM-1')).min(1),
  /** How long a burst of events may settle before anything is decided. */
  settle: duration,
  /** A Slack channel id. */
  channel: z.string().regex(/^[CG][A-Z0-9]{2,20}$/, 'a Slack channel id begins with C or G'),
  approvers: z.record(z.string(), approverList),
  /**
   * Who is who: an IAM user's, a role's or a session's ARN, and its Slack user. Nobody decides on what they did; sessions
   * named by an e-mail address are known without being listed.
   */
  identities: z.array(z.strictObject({ aws: principalPattern, slack: slackUser })).default([]),
  /** Automation whose changes are daily life. Role and user ARNs only: user agents can be anything. */
  trustedPrincipals: z.array(principalPattern).default([]),
  caps: z.strictObject({
    /** Beyond so many automatic incidents of one cluster within any 60 minutes, a human is asked. */
    automaticPerClusterAndHour: z.number().int().nonnegative(),
  }),
  rules: z.array(rule).min(1),
};

function planOf<Id extends CategoryId>(category: Id) {
  return z.strictObject({ category: z.literal(category), ...common, settings: categories[category].settings });
}

type PlanOf<Id extends CategoryId> = { [Each in Id]: ReturnType<typeof planOf<Each>> }[Id];

/** A plan is of one category, whose settings it may hold. */
export const plan = z.discriminatedUnion(
  'category',
  Object.keys(categories).map((id) => planOf(id as CategoryId)) as [PlanOf<CategoryId>, ...PlanOf<CategoryId>[]],
);
export type Plan = z.infer<typeof plan>;
