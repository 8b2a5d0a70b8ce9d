import { matchesArn } from './arn-pattern';
import type { ApproverList, Decision, Response } from './decision';
import type { Actor } from './incident';
import type { Plan, ResponsePolicy } from './plan';
import type { LoadedPlan } from './plan-document';

/**
 * The first rule whose condition holds decides. A condition that cannot be evaluated counts as holding, at no less than
 * its own severity, but nothing it asks for is done automatically: what is not known is never a reason to look away, and
 * never one to act without a human.
 */
export async function decideByPlan(
  { plan, digest, rules }: LoadedPlan,
  situation: unknown,
  { at, incidentVersion }: { readonly at: string; readonly incidentVersion: number },
): Promise<Decision> {
  for (const { rule, condition } of rules) {
    const verdict = condition === null ? true : await condition.holds(situation).catch((error: unknown) => error);
    if (verdict === false) continue;
    const broken = verdict === true ? null : `Its condition could not be evaluated (${String(verdict)}). `;
    return {
      ruleId: rule.id,
      because: `${broken ?? ''}${rule.because}`,
      severity: rule.severity,
      planDigest: digest,
      protect: resolve(rule.protect, plan, broken !== null),
      contain: resolve(rule.contain, plan, broken !== null),
      remediate: resolve(rule.remediate, plan, broken !== null),
      forensics: rule.forensics,
      doubted: broken !== null,
      notify: rule.notify || broken !== null,
      incidentVersion,
      at,
    };
  }
  throw new Error('a plan that was loaded always decides');
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
