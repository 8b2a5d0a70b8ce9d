import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { type NetworkTouch, type SecurityGroupRule, securityGroupRule } from '../../runbooks/network-change';
import { filter, ipPermission, ownerByTags, readClusters, readGroups, readRules } from '../aws/network';
import type { Dossier } from '../dossier';
import { missingOfMinimum } from '../network/minimum';
import { readForProposal, writeNetwork } from '../network/permissions';
import { readPrior } from '../network/prior';
import { letsTheWorldIn, ruleKey, sortRules } from '../network/rules';
import { groupState } from '../network/state';
import { describeRule } from '../network/wording';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';
import { touchesOf } from './touches';

/** The touched rules that are there; the touched rules that are not are those which only the other side has. */
const side = z.strictObject({ rules: z.array(securityGroupRule) });

/** Takes back which rules a security group has: revokes what was added, authorizes what was revoked or modified away. */
export const restoreSecurityGroupRules: Action = {
  id: 'restore-security-group-rules',
  description: 'Revokes the rules that were added to a security group and authorizes those that were taken away',
  permissions: {
    read: readForProposal,
    write: [
      writeNetwork(
        'security-group',
        'AuthorizeSecurityGroupIngress',
        'AuthorizeSecurityGroupEgress',
        'RevokeSecurityGroupIngress',
        'RevokeSecurityGroupEgress',
      ),
    ],
  },

  async propose(context, dossier) {
    const changes = [];
    for (const [groupId, touches] of byGroup(dossier)) {
      const change = await proposeFor(context, dossier, groupId, touches);
      if (change !== null) changes.push(change);
    }
    return changes;
  },

  async present({ aws }, change) {
    const [group] = await readGroups(aws.ec2, filter('group-id', [change.target.id]));
    if (group === undefined) return null;
    const touched = new Set([...rulesOf(change.before), ...rulesOf(change.after)].map(ruleKey));
    const known = new Map([...rulesOf(change.after), ...rulesOf(change.before)].map((rule) => [ruleKey(rule), rule]));
    const rules = (await readRules(aws.ec2, [change.target.id]))
      .map(({ rule }) => ruleKey(rule))
      .filter((key) => touched.has(key))
      // By the words of the change: a description that was edited since is no drift.
      .flatMap((key) => known.get(key) ?? []);
    return { rules: sortRules(rules) };
  },

  async apply(context, change) {
    const present = new Map(rulesOf(await this.present(context, change)).map((rule) => [ruleKey(rule), rule]));
    const wanted = new Map(rulesOf(change.after).map((rule) => [ruleKey(rule), rule]));
    const missing = [...wanted].filter(([key]) => !present.has(key)).map(([, rule]) => rule);
    const surplus = [...present].filter(([key]) => !wanted.has(key)).map(([, rule]) => rule);
    const { ec2 } = context.aws;
    const GroupId = change.target.id;
    // What is missing comes first: in between nothing that should flow is cut off.
    for (const rule of missing) {
      const IpPermissions = [ipPermission(rule)];
      await unless('InvalidPermission.Duplicate', () =>
        rule.direction === 'ingress'
          ? ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
          : ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions })),
      );
    }
    for (const rule of surplus) {
      const IpPermissions = [ipPermission({ ...rule, description: null })];
      await unless('InvalidPermission.NotFound', () =>
        rule.direction === 'ingress'
          ? ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
          : ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions })),
      );
    }
  },

  async verify(context, change) {
    const present = await this.present(context, change);
    if (present === null) return { state: 'failed', reason: `${change.target.id} is gone` };
    const keys = new Set(rulesOf(present).map(ruleKey));
    const wanted = new Set(rulesOf(change.after).map(ruleKey));
    const missing = [...wanted].filter((key) => !keys.has(key)).length;
    const surplus = [...keys].filter((key) => !wanted.has(key)).length;
    return missing + surplus === 0
      ? { state: 'done' }
      : { state: 'failed', reason: `${missing} rule(s) are missing and ${surplus} should not be there` };
  },

  undo: inverted,
};

type RuleTouch = Extract<NetworkTouch, { kind: `rule-${string}` }>;

function byGroup(dossier: Dossier): Map<string, { touch: RuleTouch; time: string }[]> {
  const groups = new Map<string, { touch: RuleTouch; time: string }[]>();
  for (const { touch, time } of touchesOf(dossier)) {
    if (!isRuleTouch(touch)) continue;
    groups.set(touch.groupId, [...(groups.get(touch.groupId) ?? []), { touch, time }]);
  }
  return groups;
}

function isRuleTouch(touch: NetworkTouch): touch is RuleTouch {
  return touch.kind.startsWith('rule-');
}

async function proposeFor(
  context: ActionContext,
  dossier: Dossier,
  groupId: string,
  touches: readonly { touch: RuleTouch; time: string }[],
): Promise<Change | null> {
  const [group] = await readGroups(context.aws.ec2, filter('group-id', [groupId]));
  if (group === undefined) return null;
  const present = await readRules(context.aws.ec2, [groupId]);
  const target = { type: 'AWS::EC2::SecurityGroup', id: groupId };
  const needsPrior = touches.some(({ touch }) => touch.kind === 'rule-modified' || touch.kind === 'rule-removed-by-id');
  const since = touches[0]?.time ?? dossier.openedAt;
  const prior = needsPrior ? await readPrior(context, target, since, groupState) : null;

  const fold = foldRules(
    touches.map(({ touch }) => touch),
    present,
    prior?.state.rules ?? null,
  );
  const warnings: string[] = [];
  let knownFrom: Change['knownFrom'] = prior?.from ?? 'event';
  const wanted = new Map(fold.wanted);
  if (fold.unknown.length > 0 || fold.deviates) {
    knownFrom = 'recommended-minimum';
    warnings.push(
      'What stood before is not known: this is the least that EKS recommends. Compare it with what you need.',
    );
    const clusters = await readClusters(context.aws.eks);
    if (clusters.some(({ clusterSecurityGroupId }) => clusterSecurityGroupId === groupId)) {
      for (const rule of missingOfMinimum(
        groupId,
        present.map(({ rule }) => rule),
      ))
        wanted.set(ruleKey(rule), rule);
    }
  }
  for (const [key, rule] of wanted) {
    if (!letsTheWorldIn(rule) || present.some(({ rule: it }) => ruleKey(it) === key)) continue;
    wanted.delete(key);
    warnings.push(`Not put back, because it lets every address in: ${describeRule(rule)}.`);
  }

  const touched = new Set([...fold.touched, ...wanted.keys()]);
  const before = sortRules(present.map(({ rule }) => rule).filter((rule) => touched.has(ruleKey(rule))));
  const after = sortRules(wanted.values());
  const revoked = before.filter((rule) => !wanted.has(ruleKey(rule)));
  const added = after.filter((rule) => !before.some((it) => ruleKey(it) === ruleKey(rule)));
  if (revoked.length + added.length === 0) {
    for (const ruleId of fold.unknown) {
      context.left.add(`Nobody knows what ${ruleId} of ${groupId} allowed before it was changed: look at the group.`);
    }
    return null;
  }

  const owner = ownerByTags(group.tags);
  if (owner !== null) warnings.push(`${owner} made this group and may change it again at its next run.`);
  const lines = [
    ...revoked.map((rule) => `revoke ${describeRule(rule)}`),
    ...added.map((rule) => `authorize ${describeRule(rule)}`),
  ];
  return {
    id: `restore-security-group-rules:${groupId}`,
    action: 'restore-security-group-rules',
    target,
    before: { rules: before },
    after: { rules: after },
    line: `${groupId}: ${lines.join('; ')}`,
    reversible: true,
    knownFrom,
    owner,
    warnings,
  };
}

interface Fold {
  /** Keys of every rule that the incident touched. */
  readonly touched: ReadonlySet<string>;
  /** Of those, the rules that stood before it. */
  readonly wanted: ReadonlyMap<string, SecurityGroupRule>;
  /** The ids of the rules of which nobody knows what stood before. */
  readonly unknown: readonly string[];
  /** Whether a group was found away from what it should be, which says nothing of what it was. */
  readonly deviates: boolean;
}

/**
 * What stood before, from what each event did: the first event that touches a rule says whether it was there. A rule that
 * was added and taken away again is as if nothing had been. Records have the caller's words: what a rule that is still
 * there allows is what AWS says of its id.
 */
export function foldRules(
  touches: readonly RuleTouch[],
  present: readonly { ruleId: string; rule: SecurityGroupRule }[],
  prior: readonly { ruleId: string | null; rule: SecurityGroupRule }[] | null,
): Fold {
  const stood = new Map<string, SecurityGroupRule | null>();
  const note = (rule: SecurityGroupRule, wasThere: boolean) => {
    const key = ruleKey(rule);
    if (!stood.has(key)) stood.set(key, wasThere ? rule : null);
  };
  /** What each rule id allowed as far as the events so far have said. */
  const byId = new Map<string, SecurityGroupRule>();
  const unknown: string[] = [];
  let deviates = false;

  for (const touch of touches) {
    switch (touch.kind) {
      case 'rule-added':
        note(touch.rule, false);
        if (touch.ruleId !== null) byId.set(touch.ruleId, touch.rule);
        break;
      case 'rule-removed':
        note(touch.rule, true);
        break;
      case 'rule-removed-by-id': {
        const was = byId.get(touch.ruleId) ?? priorById(prior, touch.ruleId);
        if (was === undefined) unknown.push(touch.ruleId);
        else note(was, true);
        break;
      }
      case 'rule-deviation':
        // Whatever lets every address in is beyond any minimum; what is missing of it is added by the proposal.
        for (const { rule } of present) if (letsTheWorldIn(rule)) note(rule, false);
        deviates = true;
        break;
      case 'rule-modified': {
        const known = byId.get(touch.ruleId) ?? priorById(prior, touch.ruleId);
        const now = present.find(({ ruleId }) => ruleId === touch.ruleId)?.rule;
        const became = { ...touch.rule, direction: (now ?? known ?? touch.rule).direction };
        const was = known ?? onlyMissing(prior, present, became);
        if (was === undefined) unknown.push(touch.ruleId);
        else note(was, true);
        note(became, false);
        byId.set(touch.ruleId, became);
        break;
      }
      default:
        touch satisfies never;
    }
  }
  for (const { ruleId, rule } of present) if (byId.has(ruleId)) note(rule, false);
  const wanted = new Map([...stood].flatMap(([key, rule]) => (rule === null ? [] : [[key, rule] as const])));
  return { touched: new Set(stood.keys()), wanted, unknown, deviates };
}

function priorById(
  prior: readonly { ruleId: string | null; rule: SecurityGroupRule }[] | null,
  ruleId: string,
): SecurityGroupRule | undefined {
  return prior?.find((it) => it.ruleId === ruleId)?.rule;
}

/** Config keeps no rule ids: if exactly one rule of that direction is no longer there, that is the one. */
function onlyMissing(
  prior: readonly { ruleId: string | null; rule: SecurityGroupRule }[] | null,
  present: readonly { rule: SecurityGroupRule }[],
  became: SecurityGroupRule,
): SecurityGroupRule | undefined {
  const there = new Set(present.map(({ rule }) => ruleKey(rule)));
  const missing = (prior ?? []).filter(
    ({ ruleId, rule }) => ruleId === null && rule.direction === became.direction && !there.has(ruleKey(rule)),
  );
  return missing.length === 1 ? missing[0]?.rule : undefined;
}

function rulesOf(state: unknown): SecurityGroupRule[] {
  return side.parse(state).rules;
}

/** Runs a call that may have been made before: then AWS says so, and that is as good. */
async function unless(alreadySo: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error && error.name === alreadySo)) throw error;
  }
}
