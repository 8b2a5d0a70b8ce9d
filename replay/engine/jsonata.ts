import jsonata from 'jsonata';
import { EvaluationError } from './errors';
import { isObject, type Json, type JsonObject, type Maybe, then } from './json';
import { stepFunctionsFunctions } from './jsonata-functions';
import type { ErrorOutput, Frame, Outcome, Queries } from './queries';

/** An expression is a text that begins with `{%` and ends with `%}`. */
const delimited = /^\{%([\s\S]*)%\}$/;

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && delimited.test(value);
}

interface Bindings {
  readonly result?: Json;
  readonly errorOutput?: ErrorOutput;
}

type Evaluate = (frame: Frame, bound: Bindings) => Maybe<Json>;

/** A field that may hold expressions, compiled once. Without any it is a constant that is shared, never copied. */
interface Template {
  readonly evaluate: Evaluate;
}

/** Compiles a field. Throws `EvaluationError` where an expression is no JSONata. */
export function compileTemplate(value: Json, field: string): Template {
  if (isExpression(value)) return { evaluate: compileExpression(value, field) };
  if (!holdsExpression(value)) return { evaluate: () => value };
  const parts = Array.isArray(value)
    ? value.map((item, index) => [String(index), compileTemplate(item, `${field}[${index}]`)] as const)
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
  if (Array.isArray(value)) return value.some(holdsExpression);
  return isObject(value) ? Object.values(value).some(holdsExpression) : isExpression(value);
}

function compileExpression(delimitedText: string, field: string): Evaluate {
  const text = (delimited.exec(delimitedText)?.[1] ?? '').trim();
  let expression: jsonata.Expression;
  try {
    expression = jsonata(text);
  } catch (error) {
    throw new EvaluationError(field, `The JSONata expression '${text}' is not valid: ${(error as Error).message}`);
  }
  const fault = (what: string) =>
    new EvaluationError(field, `The JSONata expression '${text}' specified for the field '${field}' ${what}`);
  const slowly: Evaluate = async (frame, bound) => {
    let answer: unknown;
    try {
      answer = await expression.evaluate(undefined, bindings(frame, bound));
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      throw fault(`threw an error during evaluation. ${code === undefined ? '' : `${code}: `}${message}`);
    }
    if (answer === undefined) throw fault('returned nothing (undefined).');
    if (typeof answer === 'function' || (isObject(answer) && '_jsonata_function' in (answer as object))) {
      throw fault('returned an unsupported result type.');
    }
    if (isObject(answer) && '_jsonata_lambda' in (answer as object))
      throw fault('returned an unsupported result type.');
    return plain(answer);
  };
  const path = /^\$(\w+)((?:\.[A-Za-z_]\w*)*)$/.exec(text);
  if (path === null) return slowly;
  // A path of names alone needs no evaluator while it meets only objects; where it meets a list, JSONata maps over it.
  const [variable = '', ...names] = [path[1] ?? '', ...(path[2] ?? '').split('.').slice(1)];
  return (frame, bound) => {
    const found = variable === 'states' ? readStates(frame, bound, names) : follow(frame.scope.get(variable), names);
    return found === undefined || Array.isArray(found) ? slowly(frame, bound) : found;
  };
}

/** Follows names through objects; undefined where anything else is met, and where a list or nothing comes out. */
function follow(start: Json | undefined, names: readonly string[]): Json | undefined {
  let value = start;
  for (const name of names) {
    if (!isObject(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function readStates(frame: Frame, bound: Bindings, [field, ...names]: readonly string[]): Json | undefined {
  switch (field) {
    case 'input':
      return follow(frame.input, names);
    case 'result':
      return follow(bound.result, names);
    case 'errorOutput':
      return follow(bound.errorOutput, names);
    case 'context':
      return follow(frame.context(), names);
    default:
      return undefined;
  }
}

function bindings(frame: Frame, { result, errorOutput }: Bindings): Record<string, unknown> {
  const states: Record<string, unknown> = { input: frame.input, context: frame.context() };
  if (result !== undefined) states['result'] = result;
  if (errorOutput !== undefined) states['errorOutput'] = errorOutput;
  return { ...frame.scope.all(), ...stepFunctionsFunctions(frame), states };
}

/** JSONata's sequences carry marks of their own, and its values may be shared with ours: lists come out as plain lists. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (isObject(value)) {
    const result: Record<string, Json> = {};
    for (const [key, item] of Object.entries(value)) if (item !== undefined) result[key] = plain(item);
    return result;
  }
  return value as Json;
}

/** The fields of one state, compiled. */
export function jsonataQueries(state: JsonObject, machineType: string): Queries {
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
    effectiveInput: (frame) => frame.input,
    arguments: (frame) => (argumentsOf === undefined ? frame.input : argumentsOf.evaluate(frame, {})),
    succeed: (frame, result) => outcome(frame, { result }, result, output, assign),
    pass: (frame) => outcome(frame, {}, frame.input, output, assign),
    async choose(frame) {
      for (const rule of choices) {
        const holds = await rule.condition.evaluate(frame, {});
        if (typeof holds !== 'boolean') {
          throw unexpected(rule.conditionText, 'Condition', 'boolean', holds);
        }
        if (!holds) continue;
        return { ...(await outcome(frame, {}, frame.input, rule.output ?? output, rule.assign)), next: rule.next };
      }
      const otherwise = state['Default'];
      if (typeof otherwise !== 'string') return null;
      return { ...(await outcome(frame, {}, frame.input, output, assign)), next: otherwise };
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
      concurrency === undefined ? 0 : then(concurrency.evaluate(frame, {}), (value) => Number(value)),
    failure: async (frame) => ({
      error: await text(failing.Error, frame),
      cause: await text(failing.Cause, frame),
    }),
    credentials: (frame) => credentials?.evaluate(frame, {}),
  };

  function listOf(value: Json): readonly Json[] {
    if (Array.isArray(value)) return value as readonly Json[];
    throw new EvaluationError(
      'Items',
      `${machineType} state input must be an array but was: ${JSON.stringify(value)}`,
      false,
    );
  }
}

async function text(template: Template | undefined, frame: Frame): Promise<string | undefined> {
  if (template === undefined) return undefined;
  const value = await template.evaluate(frame, {});
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unexpected(delimitedText: string, field: string, expected: string, value: Json): EvaluationError {
  const expression = (delimited.exec(delimitedText)?.[1] ?? delimitedText).trim();
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new EvaluationError(
    field,
    `The JSONata expression '${expression}' specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${kind}' for value: ${JSON.stringify(value)}`,
  );
}

/** ISO 8601 with `T` and an offset, as Step Functions wants it; null for anything else. */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}

function asList(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
