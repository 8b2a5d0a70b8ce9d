import { EvaluationError } from '../errors';
import { isObject, type Json, type JsonObject, type Maybe, then } from '../json';
import type { Frame, Outcome, Queries } from '../queries';
import { parseTimestamp } from '../timestamp';
import { compileExpression, type Evaluate, expressionIn, isExpression } from './expression';
import type { Bindings } from './shortcut';

/** A field that may hold expressions, compiled once. Without any it is a constant that is shared, never copied. */
interface Template {
  readonly evaluate: Evaluate;
}

/** Compiles a field. Throws `EvaluationError` where an expression is no JSONata. */
function compileTemplate(value: Json, field: string): Template {
  if (isExpression(value)) return { evaluate: compileExpression(value, field) };
  if (!holdsExpression(value)) return { evaluate: () => value };
  const parts = Array.isArray(value)
    ? value.map((item, index) => [String(index), compileTemplate(item as Json, `${field}[${index}]`)] as const)
    : Object.entries(value as JsonObject).map(
        ([key, item]) => [key, compileTemplate(item, `${field}/${key}`)] as const,
      );
  const assemble = (values: readonly Json[]): Json =>
    Array.isArray(value) ? values : Object.fromEntries(parts.map(([key], index) => [key, values[index] as Json]));
  return {
    evaluate(frame, bound) {
      const values = parts.map(([, part]) => part.evaluate(frame, bound));
      return values.some((it) => it instanceof Promise) ? inOrder(values).then(assemble) : assemble(values as Json[]);
    },
  };
}

/** Waits for all, and throws what the first of them in the template's order throws. */
async function inOrder(values: readonly Maybe<Json>[]): Promise<Json[]> {
  const settled = await Promise.allSettled(values);
  return settled.map((it) => {
    if (it.status === 'rejected') throw it.reason;
    return it.value;
  });
}

function holdsExpression(value: Json): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsExpression(item as Json));
  return isObject(value) ? Object.values(value).some(holdsExpression) : isExpression(value);
}

/** The fields of one state, compiled. */
export function jsonataQueries(state: JsonObject): Queries {
  const template = (field: string, path = field): Template | undefined =>
    state[field] === undefined ? undefined : compileTemplate(state[field], path);
  const argumentsOf = template('Arguments');
  const output = template('Output');
  const assign = template('Assign');
  const choices = asList(state['Choices']).map((rule, index) => ({
    next: String(rule['Next']),
    condition: compileTemplate(rule['Condition'] ?? null, `Choices[${index}]/Condition`),
    conditionText: String(rule['Condition']),
    output: rule['Output'] === undefined ? undefined : compileTemplate(rule['Output'], `Choices[${index}]/Output`),
    assign: rule['Assign'] === undefined ? undefined : compileTemplate(rule['Assign'], `Choices[${index}]/Assign`),
  }));
  const catchers = asList(state['Catch']).map((it, index) => ({
    output: it['Output'] === undefined ? undefined : compileTemplate(it['Output'], `Catch[${index}]/Output`),
    assign: it['Assign'] === undefined ? undefined : compileTemplate(it['Assign'], `Catch[${index}]/Assign`),
  }));
  const items = template('Items');
  const itemSelector = template('ItemSelector');
  const limits = { TimeoutSeconds: template('TimeoutSeconds'), HeartbeatSeconds: template('HeartbeatSeconds') };
  const waits = { Seconds: template('Seconds'), Timestamp: template('Timestamp') };
  const concurrency = template('MaxConcurrency');
  const failing = { Error: template('Error'), Cause: template('Cause') };
  const credentials = template('Credentials');
  const otherwise = typeof state['Default'] === 'string' ? state['Default'] : undefined;

  const outcome = (
    frame: Frame,
    bound: Bindings,
    fallback: Json,
    out: Template | undefined,
    set: Template | undefined,
  ): Maybe<Outcome> => {
    // Both see the variables as they were.
    const answered = out === undefined ? fallback : out.evaluate(frame, bound);
    const assigned = set === undefined ? undefined : set.evaluate(frame, bound);
    if (answered instanceof Promise || assigned instanceof Promise) {
      return Promise.all([answered, assigned]).then(([value, variables]) => ({
        output: value,
        assign: variables as JsonObject | undefined,
      }));
    }
    return { output: answered, assign: assigned as JsonObject | undefined };
  };

  return {
    arguments: (frame) => (argumentsOf === undefined ? frame.input : argumentsOf.evaluate(frame, {})),
    succeed: (frame, result) => outcome(frame, { result }, result, output, assign),
    pass: (frame) => outcome(frame, {}, frame.input, output, assign),
    choose(frame) {
      const from = (index: number): ReturnType<Queries['choose']> => {
        const rule = choices[index];
        if (rule === undefined) {
          if (otherwise === undefined) return null;
          return then(outcome(frame, {}, frame.input, output, assign), (it) => ({ ...it, next: otherwise }));
        }
        return then(rule.condition.evaluate(frame, {}), (holds) => {
          if (typeof holds !== 'boolean') {
            throw unexpected(rule.conditionText, `Choices[${index}]/Condition`, 'boolean', holds);
          }
          if (!holds) return from(index + 1);
          return then(outcome(frame, {}, frame.input, rule.output, rule.assign), (it) => ({
            ...it,
            next: rule.next,
          }));
        });
      };
      return from(0);
    },
    caught(frame, catcher, errorOutput) {
      const it = catchers[catcher];
      return outcome(frame, { errorOutput }, errorOutput, it?.output, it?.assign);
    },
    seconds: (frame, field) => {
      const limit = limits[field];
      if (limit === undefined) return undefined;
      return then(limit.evaluate(frame, {}), (value) => {
        if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
        throw new EvaluationError(
          field,
          `The ${field} field must be a positive integer but was: ${JSON.stringify(value)}`,
        );
      });
    },
    waitUntil: (frame, now) => {
      if (waits.Seconds !== undefined) {
        return then(waits.Seconds.evaluate(frame, {}), (value) => {
          if (typeof value !== 'number') throw unexpected(String(state['Seconds']), 'Seconds', 'number', value);
          if (!Number.isInteger(value) || value < 0) {
            throw new EvaluationError('Seconds', `The Seconds field must be a non-negative integer but was: ${value}`);
          }
          return now + value * 1_000;
        });
      }
      return then(waits.Timestamp?.evaluate(frame, {}) ?? null, (value) => {
        const due = parseTimestamp(value);
        if (due !== null) return due;
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        throw new EvaluationError(
          'Timestamp',
          `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
        );
      });
    },
    items: (frame) =>
      items === undefined
        ? listOf(frame.input)
        : then(items.evaluate(frame, {}), (value) => {
            if (Array.isArray(value)) return value as readonly Json[];
            throw unexpected(String(state['Items']), 'Items', 'array', value);
          }),
    item: (frame, value) => (itemSelector === undefined ? value : itemSelector.evaluate(frame, {})),
    maxConcurrency: (frame) =>
      concurrency === undefined
        ? 0
        : then(concurrency.evaluate(frame, {}), (value) => {
            if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
            throw new EvaluationError(
              'MaxConcurrency',
              `The MaxConcurrency field must be a non-negative integer but was: ${JSON.stringify(value)}`,
            );
          }),
    failure: (frame) =>
      then(text(failing.Error, frame), (error) => then(text(failing.Cause, frame), (cause) => ({ error, cause }))),
    credentials: (frame) => credentials?.evaluate(frame, {}),
  };

  function listOf(value: Json): readonly Json[] {
    if (Array.isArray(value)) return value as readonly Json[];
    throw new EvaluationError('Items', `Map state input must be an array but was: ${JSON.stringify(value)}`, false);
  }
}

function text(template: Template | undefined, frame: Frame): Maybe<string | undefined> {
  if (template === undefined) return undefined;
  return then(template.evaluate(frame, {}), (value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function unexpected(delimitedText: string, field: string, expected: string, value: Json): EvaluationError {
  const expression = expressionIn(delimitedText);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new EvaluationError(
    field,
    `The JSONata expression '${expression}' specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${kind}' for value: ${JSON.stringify(value)}`,
  );
}

function asList(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
