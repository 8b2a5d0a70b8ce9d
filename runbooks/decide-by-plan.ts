import { matchesArn } from './arn-pattern';
import type { ApproverList, Decision, PlannedPurpose, Response } from './decision';
import { type Actor, type Severity, severity } from './incident';
import type { Plan, ResponsePolicy, Rule } from './plan';
import type { LoadedPlan } from './plan-document';

/**
 * The first rule whose condition holds decides, together with those before it that held and go on: the gravest severity
 * counts, and what each asks for is asked for. A condition that cannot be evaluated counts as holding, at no less than
 * its own severity, but nothing it asks for is done automatically: what is not known is never a reason to look away, and
 * never one to act without a human.
 */
export async function decideByPlan(
  { plan, digest, rules }: LoadedPlan,
  situation: unknown,
  { at, incidentVersion }: { readonly at: string; readonly incidentVersion: number },
): Promise<Decision> {
  const held: Held[] = [];
  for (const { rule, condition } of rules) {
    const verdict = condition === null ? true : await condition.holds(situation).catch((error: unknown) => error);
    if (verdict === false) continue;
    const broken = verdict === true ? null : `Its condition could not be evaluated (${String(verdict)}). `;
    held.push({ rule, broken });
    if (rule.goesOn) continue;
    const asked = (purpose: PlannedPurpose): Response => {
      const asking = held.find((it) => it.rule[purpose].mode !== 'never');
      return asking === undefined ? { mode: 'never' } : resolve(asking.rule[purpose], plan, asking.broken !== null);
    };
    return {
      ruleId: rule.id,
      alongside: held.slice(0, -1).map((it) => it.rule.id),
      because: held.map((it) => `${it.broken ?? ''}${it.rule.because}`).join(' '),
      severity: gravest(held.map((it) => it.rule.severity)),
      planDigest: digest,
      protect: asked('protect'),
      contain: asked('contain'),
      expel: asked('expel'),
      remediate: asked('remediate'),
      forensics: held.some((it) => it.rule.forensics),
      doubted: held.some((it) => it.broken !== null),
      notify: held.some((it) => it.rule.notify || it.broken !== null),
      incidentVersion,
      at,
    };
  }
  throw new Error('a plan that was loaded always decides');
}

/** A rule that held, and why its condition could not be evaluated where that is the reason. */
interface Held {
  readonly rule: Rule;
  readonly broken: string | null;
}

function gravest(severities: readonly Severity[]): Severity {
  return severity.options.findLast((it) => severities.includes(it)) ?? 'informational';
}

function resolve(response: ResponsePolicy, plan: Plan, askAnyway: boolean): Response {
  if (response.mode === 'never') return { mode: 'never' };
  const { from, count, within, onSilence, remindAfter, escalate, moreTime } = response.approval;
  return {
    mode: askAnyway ? 'approval' : response.mode,
    actions: response.actions,
    approvers: namedList(plan, from),
    count,
    withinSeconds: within,
    remindAfterSeconds: remindAfter ?? Math.max(60, Math.floor(within / 4)),
    escalate: escalate === undefined ? null : { to: namedList(plan, escalate.to), afterSeconds: escalate.after },
    moreTime: { bySeconds: moreTime.by, times: moreTime.times },
    onSilence: askAnyway ? 'leave' : onSilence,
  };
}

function namedList({ approvers }: Plan, name: string): ApproverList {
  const list = approvers[name] ?? { slackUsers: [], slackUserGroups: [], emails: [], fallback: [] };
  return { name, ...list, slackUsers: [...new Set(list.slackUsers)] };
}

/**
 * Whether the plan lists the role or user behind a call. Its session's name, the user agent and the service that called
 * for it can be chosen by anybody: they say nothing.
 */
export function trusts(
  { trustedPrincipals }: Pick<Plan, 'trustedPrincipals'>,
  actor: Pick<Actor, 'principalArn'>,
): boolean {
  const arn = actor.principalArn;
  return arn !== null && trustedPrincipals.some((pattern) => matchesArn(pattern, arn));
}
