import { StateFault } from '../errors';
import { isObject, type Json } from '../json';
import { InvalidPath } from './path';

/** Puts a value at a place in a document: answers the new document, which shares all else with the old. */
export type Place = (document: Json, value: Json) => Json;

const step = /\.([^.[\]*?()@,:]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Compiles a reference path: names and single indexes alone. Throws `InvalidPath`. */
export function compileReferencePath(text: string): Place {
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (text.startsWith('$') && step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) break;
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4] ?? '') : Number(match[2]));
    if (step.lastIndex === text.length) break;
  }
  const complete = text === '$' || (steps.length > 0 && step.lastIndex === text.length);
  step.lastIndex = 0;
  if (!complete) throw new InvalidPath(`${JSON.stringify(text)} is no reference path: names and single indexes alone`);
  return (document, value) => {
    const placed = place(document, steps, 0, value);
    if (placed !== undefined) return placed;
    throw new StateFault(
      'States.ResultPathMatchFailure',
      `Unable to apply ReferencePath ${text} to input ${JSON.stringify(document)}`,
    );
  };
}

/** Undefined where something stands in the way that can hold neither names nor indexes. */
function place(
  document: Json | undefined,
  steps: readonly (string | number)[],
  at: number,
  value: Json,
): Json | undefined {
  const next = steps[at];
  if (next === undefined) return value;
  if (typeof next === 'string') {
    if (document !== undefined && !isObject(document)) return undefined;
    const inner = place(
      document !== undefined && Object.hasOwn(document, next) ? document[next] : undefined,
      steps,
      at + 1,
      value,
    );
    return inner === undefined ? undefined : { ...document, [next]: inner };
  }
  if (!Array.isArray(document) || next > document.length) return undefined;
  const inner = place(document[next] as Json | undefined, steps, at + 1, value);
  return inner === undefined ? undefined : [...document.slice(0, next), inner, ...document.slice(next + 1)];
}
