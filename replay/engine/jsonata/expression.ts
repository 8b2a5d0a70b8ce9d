import jsonata from 'jsonata';
import { EvaluationError } from '../errors';
import type { Json, Maybe } from '../json';
import type { Frame } from '../queries';
import { fixedFunctions, frameFunctions } from './functions';
import { type Bindings, shortcutOf } from './shortcut';

/** An expression is a text that begins with `{%` and ends with `%}`. */
const delimited = /^\{%([\s\S]*)%\}$/;

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && delimited.test(value);
}

/** An expression without its delimiters. */
export function expressionIn(text: string): string {
  return (delimited.exec(text)?.[1] ?? text).trim();
}

/** The engine's time in place of the machine's. */
const virtualNow = '$now := function($picture, $timezone) { $fromMillis($millis(), $picture, $timezone) }';

export type Evaluate = (frame: Frame, bound: Bindings) => Maybe<Json>;

/** Compiles an expression. Throws `EvaluationError` where it is no JSONata, or where it answers nothing that is JSON. */
export function compileExpression(delimitedText: string, field: string): Evaluate {
  const text = expressionIn(delimitedText);
  let expression: jsonata.Expression;
  try {
    expression = jsonata(/\$now\b/.test(text) ? `(${virtualNow}; ${text})` : text);
  } catch (error) {
    throw new EvaluationError(field, `The JSONata expression '${text}' is not valid: ${(error as Error).message}`);
  }
  for (const [name, value] of Object.entries(fixedFunctions)) expression.assign(name, value);
  const bindings = bindingsFor(text);
  const fault = (what: string) =>
    new EvaluationError(field, `The JSONata expression '${text}' specified for the field '${field}' ${what}`);
  const evaluate: Evaluate = async (frame, bound) => {
    let answer: unknown;
    try {
      answer = await expression.evaluate(undefined, bindings(frame, bound));
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      throw fault(`threw an error during evaluation. ${code === undefined ? '' : `${code}: `}${message}`);
    }
    if (answer === undefined) throw fault('returned nothing (undefined).');
    try {
      return plain(answer);
    } catch (error) {
      if (error instanceof NoJson) throw fault('returned an unsupported result type.');
      throw error;
    }
  };
  const shortcut = shortcutOf(expression.ast());
  if (shortcut === null) return evaluate;
  return (frame, bound) => {
    const answer = shortcut(frame, bound);
    return answer === undefined ? evaluate(frame, bound) : answer;
  };
}

/** Binds what an expression names, and no more: most name one thing. */
function bindingsFor(text: string): (frame: Frame, bound: Bindings) => Record<string, unknown> {
  const named = new Set([...text.matchAll(/\$([\p{ID_Start}_][\p{ID_Continue}]*)/gu)].map(([, name]) => name ?? ''));
  if (named.has('now')) named.add('millis');
  const ofFrame = Object.entries(frameFunctions).filter(([name]) => named.has(name));
  const readsStates = named.has('states');
  const readsContext = text.includes('context') || /\$states(?!\.(?:input|result|errorOutput)\b)/.test(text);
  return (frame, { result, errorOutput }) => {
    // JSONata has variables of any name: those that have no value in scope it takes for its own functions.
    const bound: Record<string, unknown> = { eval: undefined };
    for (const [name, make] of ofFrame) bound[name] = make(frame);
    for (const name of named) {
      const value = frame.scope.get(name);
      if (value !== undefined) bound[name] = value;
    }
    if (!readsStates) return bound;
    const states: Record<string, unknown> = { input: frame.input };
    if (readsContext) states['context'] = frame.context();
    if (result !== undefined) states['result'] = result;
    if (errorOutput !== undefined) states['errorOutput'] = errorOutput;
    bound['states'] = states;
    return bound;
  };
}

/** A function, or a number that is none, has no JSON. */
class NoJson extends Error {
  override readonly name = 'NoJson';
}

/** Values that are known to be plain: what is large and was once looked through is not looked through again. */
const known = new WeakSet<object>();
const worthKnowing = 24;
let looked = 0;

/** JSONata marks its sequences, which makes them behave otherwise when they are read again: lists come out plain. */
function plain(value: unknown): Json {
  if (typeof value !== 'object' || value === null) {
    looked++;
    if (typeof value === 'function' || (typeof value === 'number' && !Number.isFinite(value))) throw new NoJson();
    return value as Json;
  }
  if (known.has(value)) return value as Json;
  const before = looked++;
  const made = Array.isArray(value) ? plainList(value) : plainObject(value as Record<string, unknown>);
  if (looked - before >= worthKnowing) known.add(made);
  return made as Json;
}

function plainList(list: readonly unknown[]): readonly unknown[] {
  const items = list.map(plain);
  return 'sequence' in list || 'cons' in list || items.some((item, index) => item !== list[index]) ? items : list;
}

function plainObject(object: Record<string, unknown>): object {
  if ('_jsonata_function' in object || '_jsonata_lambda' in object) throw new NoJson();
  const entries = Object.entries(object);
  const members = entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]): [string, Json] => [key, plain(item)]);
  const changed = members.length < entries.length || members.some(([key, item]) => item !== object[key]);
  return changed ? Object.fromEntries(members) : object;
}
