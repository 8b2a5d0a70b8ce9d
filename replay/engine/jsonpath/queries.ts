import { EvaluationError, StateFault } from '../errors';
import type { Json, JsonObject } from '../json';
import type { Frame, Outcome, Queries } from '../queries';
import { parseTimestamp } from '../timestamp';
import { compileRule } from './comparisons';
import type { Environment } from './reference';
import { compileReferencePath, type Place } from './reference-path';
import { compileExpression, compileField, compileTemplate, type Evaluate, found, understood } from './template';

const empty: Json = {};

/** The fields of one state in JSONPath, compiled. Throws `EvaluationError`. */
export function jsonpathQueries(state: JsonObject): Queries {
  const select = (field: string): Evaluate | undefined => {
    const path = state[field];
    if (path === undefined || path === '$') return undefined;
    if (path === null) return () => empty;
    const reference = compileField(path, field);
    return (environment) => found(reference, environment);
  };
  const template = (field: string): Evaluate | undefined =>
    state[field] === undefined ? undefined : compileTemplate(state[field], field);

  const inputPath = select('InputPath');
  const outputPath = select('OutputPath');
  const parameters = template('Parameters');
  const resultSelector = template('ResultSelector');
  const itemSelector = template('ItemSelector') ?? (state['Type'] === 'Map' ? parameters : undefined);
  const assign = template('Assign');
  const credentials = template('Credentials');
  const place = resultPath(state['ResultPath'], 'ResultPath');
  const itemsPath = state['ItemsPath'] === undefined ? undefined : compileField(state['ItemsPath'], 'ItemsPath');
  const rules = listOf(state['Choices']).map((rule, index) => ({
    holds: compileRule(rule, `Choices[${index}]`),
    next: String(rule['Next']),
    assign: rule['Assign'] === undefined ? undefined : compileTemplate(rule['Assign'], `Choices[${index}].Assign`),
  }));
  const catchers = listOf(state['Catch']).map((it, index) => ({
    place: resultPath(it['ResultPath'], `Catch[${index}].ResultPath`),
    assign: it['Assign'] === undefined ? undefined : compileTemplate(it['Assign'], `Catch[${index}].Assign`),
  }));
  const dynamic = (field: string): Evaluate | undefined =>
    state[field] === undefined ? undefined : compileExpression(state[field], field);
  const limits = { TimeoutSeconds: dynamic('TimeoutSecondsPath'), HeartbeatSeconds: dynamic('HeartbeatSecondsPath') };
  const maxConcurrency = dynamic('MaxConcurrencyPath');
  const failing = { Error: dynamic('ErrorPath'), Cause: dynamic('CausePath') };
  const waits = waitOf(state);
  const result = state['Result'];

  const effective = (frame: Frame): Environment => {
    const raw = { root: frame.input, frame };
    return inputPath === undefined ? raw : { root: inputPath(raw), frame };
  };
  const outputOf = (value: Json, frame: Frame): Json =>
    outputPath === undefined ? value : outputPath({ root: value, frame });
  const assigned = (set: Evaluate | undefined, root: Json, frame: Frame): JsonObject | undefined =>
    set === undefined ? undefined : (set({ root, frame }) as JsonObject);
  const placed = (frame: Frame, value: Json): Outcome => ({
    assign: assigned(assign, value, frame),
    output: outputOf(place(frame.input, value), frame),
  });

  return {
    arguments(frame) {
      const environment = effective(frame);
      return parameters === undefined ? environment.root : parameters(environment);
    },
    succeed: (frame, value) =>
      placed(frame, resultSelector === undefined ? value : resultSelector({ root: value, frame })),
    pass(frame) {
      if (state['Type'] !== 'Pass') {
        const { root } = effective(frame);
        return { assign: assigned(assign, root, frame), output: outputOf(root, frame) };
      }
      if (result !== undefined) return placed(frame, result);
      const environment = effective(frame);
      return placed(frame, parameters === undefined ? environment.root : parameters(environment));
    },
    choose(frame) {
      const environment = effective(frame);
      const rule = rules.find(({ holds }) => holds(environment));
      const next = rule?.next ?? state['Default'];
      if (typeof next !== 'string') return null;
      const { root } = environment;
      const set = rule === undefined ? assign : rule.assign;
      return { next, assign: assigned(set, root, frame), output: outputOf(root, frame) };
    },
    caught(frame, catcher, errorOutput) {
      const it = catchers[catcher];
      return {
        assign: assigned(it?.assign, errorOutput, frame),
        output: it === undefined ? errorOutput : it.place(frame.input, errorOutput),
      };
    },
    seconds(frame, field) {
      const limit = limits[field];
      if (limit === undefined) return state[field] === undefined ? undefined : Number(state[field]);
      const value = limit(effective(frame));
      const seconds = integerIn(value);
      if (seconds > 0) return seconds;
      throw new StateFault(
        'States.Runtime',
        `The ${field}Path parameter does not reference a positive integer: ${String(state[`${field}Path`])} == ${shown(value)}`,
      );
    },
    waitUntil: (frame, now) => waits(effective(frame), now),
    items(frame) {
      const environment = effective(frame);
      const value = itemsPath === undefined ? environment.root : found(itemsPath, environment);
      if (Array.isArray(value)) return value as readonly Json[];
      throw new StateFault('States.Runtime', `Reference path "${itemsPath?.text ?? '$'}" must point to array.`);
    },
    item: (frame, value) => (itemSelector === undefined ? value : itemSelector(effective(frame))),
    maxConcurrency(frame) {
      if (maxConcurrency === undefined) return Number(state['MaxConcurrency'] ?? 0);
      const value = maxConcurrency(effective(frame));
      const limit = integerIn(value);
      if (limit >= 0) return limit;
      throw new StateFault(
        'States.Runtime',
        `The MaxConcurrencyPath field refers to value "${shown(value)}" which is not a valid integer: ${String(state['MaxConcurrencyPath'])}`,
      );
    },
    failure: (frame) => ({
      error: textOf(failing.Error, frame, 'Error'),
      cause: textOf(failing.Cause, frame, 'Cause'),
    }),
    credentials: (frame) => credentials?.(effective(frame)),
  };

  function textOf(path: Evaluate | undefined, frame: Frame, field: 'Error' | 'Cause'): string | undefined {
    if (path === undefined) return state[field] === undefined ? undefined : String(state[field]);
    const value = path(effective(frame));
    if (typeof value === 'string') return value;
    throw new StateFault(
      'States.Runtime',
      `The ${field}Path parameter does not reference a string: ${String(state[`${field}Path`])} == ${shown(value)}`,
    );
  }
}

/** Where a result goes in the input; `null` drops it. */
function resultPath(path: Json | undefined, field: string): Place {
  if (path === undefined || path === '$') return (_, value) => value;
  if (path === null) return (input) => input;
  if (typeof path !== 'string') throw new EvaluationError(field, 'must be a reference path or null');
  return understood(field, () => compileReferencePath(path));
}

/** When a Wait is over: the words are those of AWS for a path that does not lead to a time. */
function waitOf(state: JsonObject): (environment: Environment, now: number) => number {
  const { Seconds: seconds, Timestamp: timestamp } = state;
  if (seconds !== undefined) return (_, now) => now + Number(seconds) * 1_000;
  if (timestamp !== undefined) return (_, now) => parseTimestamp(timestamp) ?? now;
  const field = state['SecondsPath'] === undefined ? 'TimestampPath' : 'SecondsPath';
  if (state[field] === undefined) return (_, now) => now;
  const path = compileField(state[field], field);
  const fault = (what: string, value?: Json) =>
    new StateFault(
      'States.Runtime',
      `The ${field} parameter ${what}: ${path.text}${value === undefined ? '' : ` == ${shown(value)}`}`,
    );
  return (environment, now) => {
    const value = path.read(environment);
    if (value === undefined) throw fault('does not reference an input value');
    if (field === 'TimestampPath') {
      const due = parseTimestamp(value);
      if (due !== null) return due;
      throw fault('does not reference a valid ISO-8601 extended offset date-time format string', value);
    }
    const delay = integerIn(value);
    if (Number.isNaN(delay)) throw fault('cannot be parsed as a long value', value);
    if (delay < 0) throw fault('references a negative value', value);
    return now + delay * 1_000;
  };
}

/** A number that a path leads to may be written as text; NaN where it is no integer. */
function integerIn(value: Json): number {
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : Number.NaN;
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
