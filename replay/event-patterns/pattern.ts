import { compileLeaf, type Leaf } from './leaf';

/** A pattern that EventBridge refuses: what is wrong, and where. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
}

/** A compiled event pattern. */
export interface EventPattern {
  /** Whether EventBridge would hand an event, as its JSON, to a rule with this pattern. */
  matches(event: unknown): boolean;
}

/** EventBridge's limit for a rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const patternLimit = 4_096;

/** Compiles a pattern. Throws `InvalidEventPattern` where PutRule would refuse it. */
export function compilePattern(pattern: unknown): EventPattern {
  if (!isObject(pattern)) throw new InvalidEventPattern('the pattern is not a JSON object');
  const size = JSON.stringify(pattern).length;
  if (size > patternLimit)
    throw new InvalidEventPattern(`the pattern has ${size} characters, more than ${patternLimit}`);
  const alternatives = expand(pattern, []);
  return {
    matches(event) {
      if (!isObject(event)) return false;
      const fields = new Map<string, Field[]>();
      flatten(event, '', [], fields);
      return alternatives.some((conditions) => satisfied(conditions, 0, fields, []));
    },
  };
}

/** What one path must have: one of the leaf's values. */
interface Condition {
  readonly path: string;
  readonly leaf: Leaf;
}

/** All conditions of an alternative hold together; `$or` makes several alternatives of one pattern. */
type Alternative = readonly Condition[];

function expand(pattern: Readonly<Record<string, unknown>>, path: readonly string[]): Alternative[] {
  const entries = Object.entries(pattern);
  const where = path.join('.') || 'the pattern';
  if (entries.length === 0) throw new InvalidEventPattern(`${where} is empty`);
  let alternatives: Alternative[] = [[]];
  for (const [key, value] of entries) {
    const within = [...path, key];
    const found = isRelation(key, value) ? value.flatMap((part) => expand(part, path)) : expandField(value, within);
    alternatives = alternatives.flatMap((left) => found.map((right) => [...left, ...right]));
    if (alternatives.length > 1_000)
      throw new InvalidEventPattern(`${within.join('.')} makes more than 1000 combinations`);
  }
  return alternatives;
}

function expandField(value: unknown, path: readonly string[]): Alternative[] {
  if (isObject(value)) return expand(value, path);
  const where = path.join('.');
  if (!Array.isArray(value)) throw new InvalidEventPattern(`${where} must be an object or a list`);
  return [[{ path: where, leaf: compileLeaf(value, (reason) => new InvalidEventPattern(`${where}: ${reason}`)) }]];
}

const operators = new Set([
  'exists',
  'equals-ignore-case',
  'prefix',
  'suffix',
  'anything-but',
  'numeric',
  'cidr',
  'wildcard',
]);

/** `$or` is a relation where it holds objects that are patterns; otherwise it is a field of that name. */
function isRelation(key: string, value: unknown): value is Readonly<Record<string, unknown>>[] {
  if (key !== '$or' || !Array.isArray(value) || !value.every(isObject)) return false;
  if (value.some((part) => Object.keys(part).some((name) => operators.has(name)))) return false;
  if (value.length < 2) throw new InvalidEventPattern('$or must relate at least two patterns');
  return true;
}

/** A value of an event, with the members of the lists that it stands in. */
interface Field {
  readonly value: unknown;
  readonly members: readonly Member[];
}

interface Member {
  readonly list: string;
  readonly index: number;
}

/** Paths to the values of an event: names joined by dots, members of a list all under the list's own path. */
function flatten(value: unknown, path: string, members: readonly Member[], fields: Map<string, Field[]>): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      // Only what stands in the same member of a list of objects belongs together; plain values all count.
      flatten(item, path, isObject(item) ? [...members, { list: path, index }] : members, fields);
    }
    return;
  }
  if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      flatten(item, path === '' ? key : `${path}.${key}`, members, fields);
    return;
  }
  const known = fields.get(path);
  if (known === undefined) fields.set(path, [{ value, members }]);
  else known.push({ value, members });
}

/** Whether the conditions from `index` on can all be met by fields that do not stand in different members of one list. */
function satisfied(
  conditions: Alternative,
  index: number,
  fields: ReadonlyMap<string, readonly Field[]>,
  chosen: readonly Member[],
): boolean {
  const condition = conditions[index];
  if (condition === undefined) return true;
  const candidates = fields.get(condition.path) ?? [];
  if (candidates.length === 0) {
    return condition.leaf.whenAbsent && satisfied(conditions, index + 1, fields, chosen);
  }
  return candidates.some(
    ({ value, members }) =>
      condition.leaf.matches(value) &&
      compatible(chosen, members) &&
      satisfied(conditions, index + 1, fields, [...chosen, ...members]),
  );
}

function compatible(chosen: readonly Member[], members: readonly Member[]): boolean {
  return members.every(({ list, index }) => chosen.every((it) => it.list !== list || it.index === index));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
