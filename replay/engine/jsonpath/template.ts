import { EvaluationError, StateFault } from '../errors';
import { isObject, type Json } from '../json';
import { compileIntrinsic, isIntrinsic } from './intrinsics';
import { InvalidPath } from './path';
import { compileReference, type Environment, type Reference } from './reference';

export type Evaluate = (environment: Environment) => Json;

/**
 * A payload template (Parameters, ResultSelector, ItemSelector, Assign, Credentials), compiled: a field whose name ends
 * in `.$` holds a path or a call. What holds none is a constant that is shared, never copied. Throws `EvaluationError`.
 */
export function compileTemplate(value: Json, field: string): Evaluate {
  if (!isDynamic(value)) return () => value;
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileTemplate(item as Json, `${field}[${index}]`));
    return (environment) => items.map((item) => item(environment));
  }
  const members = Object.entries(value as { readonly [key: string]: Json }).map(([key, item]): [string, Evaluate] =>
    key.endsWith('.$')
      ? [key.slice(0, -2), compileMember(key, item, `${field}.${key}`)]
      : [key, compileTemplate(item, `${field}.${key}`)],
  );
  return (environment) => Object.fromEntries(members.map(([key, item]) => [key, item(environment)]));
}

function isDynamic(value: Json): boolean {
  if (Array.isArray(value)) return value.some((item) => isDynamic(item as Json));
  return isObject(value) && Object.entries(value).some(([key, item]) => key.endsWith('.$') || isDynamic(item));
}

function compileMember(key: string, value: Json, field: string): Evaluate {
  if (typeof value !== 'string') {
    throw new EvaluationError(field, 'must be a valid JSONPath or a valid intrinsic function call');
  }
  if (isIntrinsic(value)) return understood(field, () => compileIntrinsic(value));
  const reference = understood(field, () => compileReference(value));
  return (environment) => {
    const found = reference.read(environment);
    if (found !== undefined) return found;
    // An index past the end of a list finds null here, and nowhere else.
    if (reference.missesByIndex(environment)) return null;
    throw new StateFault(
      'States.Runtime',
      `The JSONPath '${value}' specified for the field '${key}' could not be found in the input '${JSON.stringify(environment.root)}'`,
    );
  };
}

/** A field that holds one reference. */
export function compileField(value: Json, field: string): Reference {
  if (typeof value !== 'string') throw new EvaluationError(field, 'must be a path');
  return understood(field, () => compileReference(value));
}

/** A field that holds a reference or a call. */
export function compileExpression(value: Json, field: string): Evaluate {
  if (typeof value === 'string' && isIntrinsic(value)) return understood(field, () => compileIntrinsic(value));
  const reference = compileField(value, field);
  return (environment) => found(reference, environment);
}

/** What a reference finds, where finding nothing is an error. */
export function found(reference: Reference, environment: Environment): Json {
  const value = reference.read(environment);
  if (value !== undefined) return value;
  throw new StateFault('States.Runtime', `Invalid path '${reference.text}' : ${reference.explainMiss(environment)}`);
}

/** Names the field in which something is not understood. */
export function understood<T>(field: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof InvalidPath)) throw error;
    throw new EvaluationError(field, error.message);
  }
}
