import { createHash } from 'node:crypto';
import { type Document, isAlias, isCollection, isNode, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { type CategoryId, namesNodes } from './categories';
import { BadCondition, type Condition, compileCondition } from './conditions';
import { plannedPurpose } from './decision';
import { type ApproverList, type Plan, plan as planSchema, type ResponsePolicy, type Rule } from './plan';
import { situationOf } from './situation';

/** A plan that can be decided by. */
export interface LoadedPlan {
  readonly plan: Plan;
  /** SHA-256 of the document's text, hexadecimal. */
  readonly digest: string;
  /** The rules in their order, each with its condition; the last one has none. */
  readonly rules: readonly { readonly rule: Rule; readonly condition: Condition | null }[];
}

/** An action that a plan may name. */
export interface KnownAction {
  readonly id: string;
  /** Whether what it does has no way back. */
  readonly irreversible?: boolean;
}

/** A plan that must not be used. One line for each reason: `file:line: what is wrong`. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
}

/**
 * Reads a plan and refuses whatever would only show at 3 a.m.: a misspelt action, a condition that is wrong or can never
 * matter, a case that no rule decides, approvers who do not exist. Throws `PlanRefused`.
 */
export function loadPlan(
  source: { readonly file: string; readonly text: string },
  world: { readonly actions: readonly KnownAction[] },
): LoadedPlan {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines });
  const reasons: { line: number; reason: string }[] = [];
  const refuse = (path: Path, reason: string) => reasons.push({ line: lineOf(document, lines, path), reason });

  for (const error of document.errors) {
    reasons.push({ line: lines.linePos(error.pos[0]).line, reason: `not YAML: ${error.message.split('\n', 1)[0]}` });
  }
  throwIf(source.file, reasons);

  const parsed = planSchema.safeParse(document.toJS());
  if (!parsed.success) {
    for (const issue of parsed.error.issues) refuse(...explain(issue));
    throwIf(source.file, reasons);
    throw parsed.error;
  }
  const plan = parsed.data;

  const situation = situationOf(plan.category as CategoryId);
  const rules = plan.rules.map((rule, index) => {
    for (const purpose of plannedPurpose.options) {
      checkResponse(rule[purpose], plan, world.actions, (path, reason) =>
        refuse(['rules', index, purpose, ...path], reason),
      );
    }
    if (rule.forensics && !namesNodes(plan.category)) {
      refuse(['rules', index, 'forensics'], `an incident of ${plan.category} names no nodes that could be examined`);
    }
    if (rule.when === undefined) return { rule, condition: null };
    try {
      return { rule, condition: compileCondition(rule.when, situation) };
    } catch (error) {
      if (!(error instanceof BadCondition)) throw error;
      refuse(['rules', index, 'when'], `the condition of ${rule.id} cannot be used: ${error.message}`);
      return { rule, condition: null };
    }
  });
  checkApprovers(plan, refuse);
  checkOrder(plan.rules, refuse);
  checkGoingOn(plan.rules, refuse);
  throwIf(source.file, reasons);
  return { plan, digest: createHash('sha256').update(source.text).digest('hex'), rules };
}

type Path = readonly PropertyKey[];
type Refuse = (path: Path, reason: string) => void;

function checkResponse(response: ResponsePolicy, plan: Plan, actions: readonly KnownAction[], refuse: Refuse): void {
  if (response.mode === 'never') return;
  const known = actions.map(({ id }) => id);
  for (const [index, id] of response.actions.entries()) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    refuse(
      ['actions', index],
      `there is no action ${id}; ${near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`}`,
    );
  }
  const { from, count, within, escalate } = response.approval;
  const missing = (name: string) =>
    `there are no approvers ${name}; there are ${Object.keys(plan.approvers).join(', ')}`;
  const list = plan.approvers[from];
  if (list === undefined) {
    refuse(['approval', 'from'], missing(from));
  } else if (certainly(list) < count) {
    refuse(['approval', 'count'], `${count} must approve, but ${from} has only ${certainly(list)}`);
  }
  const forGood = actions.find(({ id, irreversible }) => irreversible === true && response.actions.includes(id));
  if (forGood !== undefined && count < 2) {
    refuse(['approval', 'count'], `${forGood.id} cannot be undone: two must approve (count: 2)`);
  }
  if (escalate === undefined) return;
  if (plan.approvers[escalate.to] === undefined) refuse(['approval', 'escalate', 'to'], missing(escalate.to));
  if (escalate.after >= within) {
    refuse(['approval', 'escalate', 'after'], `escalating after the question has ended: it is asked for ${within} s`);
  }
}

/** So many people can be asked even when Slack cannot look anybody up. */
function certainly({ slackUsers, fallback }: ApproverList): number {
  return new Set([...slackUsers, ...fallback]).size;
}

/** Each list must reach somebody, whatever Slack's directory says. */
function checkApprovers({ approvers }: Plan, refuse: Refuse): void {
  for (const [name, list] of Object.entries(approvers)) {
    const lookedUp = list.slackUserGroups.length + list.emails.length;
    if (certainly(list) + lookedUp === 0) refuse(['approvers', name], `the approvers ${name} are nobody`);
    else if (lookedUp > 0 && list.fallback.length === 0) {
      refuse(
        ['approvers', name],
        `the approvers ${name} are looked up in Slack: name the users to ask when that fails as fallback`,
      );
    }
  }
}

/** Every rule must be able to decide something, and something must decide every case. */
function checkOrder(rules: readonly Rule[], refuse: Refuse): void {
  const seen = new Map<string, string>();
  const ids = new Set<string>();
  let always: string | null = null;
  for (const [index, { id, when, goesOn }] of rules.entries()) {
    if (ids.has(id)) refuse(['rules', index, 'id'], `there are two rules ${id}`);
    ids.add(id);
    const condition = when?.replace(/\s+/g, ' ').trim();
    const same = condition === undefined ? undefined : seen.get(condition);
    if (always !== null) refuse(['rules', index], `${id} is unreachable: ${always} before it always holds`);
    else if (same !== undefined)
      refuse(['rules', index], `${id} is unreachable: ${same} before it has the same condition`);
    else if (condition === 'false') refuse(['rules', index], `${id} is unreachable: its condition never holds`);
    if (goesOn) continue;
    if (condition === undefined || condition === 'true') always ??= id;
    else seen.set(condition, id);
  }
  if (rules.at(-1)?.when !== undefined) {
    refuse(['rules', rules.length - 1], 'the last rule must have no condition: it decides what no other does');
  }
}

/** A rule that goes on adds to what another decides: both asking for the same would leave open which of them counts. */
function checkGoingOn(rules: readonly Rule[], refuse: Refuse): void {
  for (const [index, rule] of rules.entries()) {
    if (!rule.goesOn) continue;
    if (rule.when === undefined) refuse(['rules', index, 'goesOn'], `${rule.id} goes on and has no condition`);
    for (const purpose of plannedPurpose.options) {
      if (rule[purpose].mode === 'never') continue;
      const other = rules.slice(index + 1).find((it) => it[purpose].mode !== 'never');
      if (other === undefined) continue;
      refuse(['rules', index, purpose], `${rule.id} goes on, and ${other.id} after it asks for ${purpose} as well`);
    }
  }
}

function explain(issue: z.core.$ZodIssue): [Path, string] {
  const where = issue.path.map(String).join('.') || 'the plan';
  if (issue.code === 'unrecognized_keys')
    return [[...issue.path, issue.keys[0] ?? ''], `${where} has no ${issue.keys.join(', ')}`];
  return [issue.path, `${where}: ${issue.message}`];
}

function throwIf(file: string, reasons: readonly { line: number; reason: string }[]): void {
  if (reasons.length === 0) return;
  const sorted = [...reasons].sort((a, b) => a.line - b.line).map(({ line, reason }) => `${file}:${line}: ${reason}`);
  throw new PlanRefused([...new Set(sorted)].join('\n'));
}

/** The line of a path, or of the nearest thing above it that the document has. What an alias repeats stands at its anchor. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const step of path) {
    if (!isCollection(node)) break;
    const found = node.get(step, true);
    node = isAlias(found) ? found.resolve(document) : found;
    if (isNode(node) && node.range != null) line = lines.linePos(node.range[0]).line;
  }
  return line;
}

/** The action whose name is most like it, where one is like it at all. */
function nearest(id: string, known: readonly string[]): string | null {
  const ranked = known.map((it) => ({ it, distance: editDistance(id, it) })).sort((a, b) => a.distance - b.distance);
  const [first] = ranked;
  return first !== undefined && first.distance <= Math.max(3, id.length / 3) ? first.it : null;
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, against] of [...other].entries()) {
      current.push(
        Math.min(
          (current[column] ?? 0) + 1,
          (previous[column + 1] ?? 0) + 1,
          (previous[column] ?? 0) + (letter === against ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
