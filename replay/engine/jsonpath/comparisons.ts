import { EvaluationError, StateFault } from '../errors';
import { isObject, type Json, type JsonObject } from '../json';
import { parseTimestamp } from '../timestamp';
import type { Environment, Reference } from './reference';
import { compileField } from './template';

/** Whether a Choice's rule holds. */
export type Rule = (environment: Environment) => boolean;

/** Two values of one kind, compared; values of another kind never match. */
function within<T>(
  read: (value: Json) => T | null,
  holds: (value: T, expected: T) => boolean,
): { readonly accepts: (expected: Json) => boolean; readonly compare: (value: Json, expected: Json) => boolean } {
  return {
    accepts: (expected) => read(expected) !== null,
    compare(value, expected) {
      const [left, right] = [read(value), read(expected)];
      return left !== null && right !== null && holds(left, right);
    },
  };
}

const text = (value: Json) => (typeof value === 'string' ? value : null);
const number = (value: Json) => (typeof value === 'number' ? value : null);

const orders: Readonly<Record<string, <T>(a: T, b: T) => boolean>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  GreaterThan: (a, b) => a > b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThanEquals: (a, b) => a >= b,
};

const comparisons: Readonly<Record<string, ReturnType<typeof within>>> = {
  BooleanEquals: within(
    (value) => (typeof value === 'boolean' ? value : null),
    (a, b) => a === b,
  ),
  ...Object.fromEntries(
    Object.entries(orders).flatMap(([order, holds]) => [
      [`String${order}`, within(text, holds)],
      [`Numeric${order}`, within(number, holds)],
      [`Timestamp${order}`, within(parseTimestamp, holds)],
    ]),
  ),
};

const kinds: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => parseTimestamp(value) !== null,
};

/** Compiles a rule with all that it combines. Throws `EvaluationError`. */
export function compileRule(rule: Json, field: string): Rule {
  if (!isObject(rule)) throw new EvaluationError(field, 'is no rule');
  const about = new Set(['Next', 'Comment', 'Assign', 'Output']);
  const operators = Object.keys(rule).filter((name) => name !== 'Variable' && !about.has(name));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1) {
    throw new EvaluationError(field, 'must have exactly one comparison');
  }
  const expected = rule[operator] ?? null;
  const where = `${field}.${operator}`;
  if (operator === 'And' || operator === 'Or') {
    if (!Array.isArray(expected) || expected.length === 0) throw new EvaluationError(where, 'must hold a rule');
    const rules = expected.map((it, index) => compileRule(it as Json, `${where}[${index}]`));
    return operator === 'And'
      ? (environment) => rules.every((holds) => holds(environment))
      : (environment) => rules.some((holds) => holds(environment));
  }
  if (operator === 'Not') {
    const holds = compileRule(expected, where);
    return (environment) => !holds(environment);
  }
  return compileComparison(rule, operator, expected, field);
}

function compileComparison(rule: JsonObject, operator: string, expected: Json, field: string): Rule {
  const where = `${field}.${operator}`;
  const variable = compileField(rule['Variable'] ?? null, `${field}.Variable`);
  const kind = Object.hasOwn(kinds, operator) ? kinds[operator] : undefined;
  if (kind !== undefined || operator === 'IsPresent') {
    if (typeof expected !== 'boolean') throw new EvaluationError(where, 'must be true or false');
    if (kind === undefined) return (environment) => (variable.read(environment) !== undefined) === expected;
    return (environment) => kind(present(variable, environment)) === expected;
  }
  if (operator === 'StringMatches') {
    if (typeof expected !== 'string') throw new EvaluationError(where, 'must be a text');
    const pattern = wildcard(expected);
    return (environment) => {
      const value = present(variable, environment);
      return typeof value === 'string' && pattern.test(value);
    };
  }
  const name = operator.replace(/Path$/, '');
  const comparison = Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
  if (comparison === undefined) throw new EvaluationError(where, 'is no comparison of a Choice rule in JSONPath');
  if (operator.endsWith('Path')) {
    const other = compileField(expected, where);
    return (environment) => comparison.compare(present(variable, environment), present(other, environment));
  }
  if (!comparison.accepts(expected)) throw new EvaluationError(where, `cannot be ${JSON.stringify(expected)}`);
  return (environment) => comparison.compare(present(variable, environment), expected);
}

/** The value that is compared: all but `IsPresent` need one. */
function present(reference: Reference, environment: Environment): Json {
  const value = reference.read(environment);
  if (value !== undefined) return value;
  throw new StateFault(
    'States.Runtime',
    `Invalid path '${reference.text}': The choice state's condition path references an invalid value.`,
  );
}

/** `*` stands for any characters, `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\[\s\S]|[\s\S]/g)]
    .map(([token]) =>
      token === '*' ? '[\\s\\S]*' : token.replace(/^\\(?=.)/s, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`);
}
