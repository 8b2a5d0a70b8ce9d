import { readFileSync } from 'node:fs';
import { BadInput } from './bad-input';

/** An event as it stands in a file, not yet checked. */
export interface GivenEvent {
  readonly event: unknown;
  /** `path:line`, or `path, event 3` within an array: for messages. */
  readonly where: string;
}

/**
 * The events of a file: one event, an array of them, or one a line (JSON lines), each as it is or as the `event` of an
 * object.
 *
 * @throws BadInput where the file cannot be read or is none of these
 */
export function readEvents(path: string): GivenEvent[] {
  const text = textOf(path);
  const lines = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `${path}:${index + 1}` }))
    .filter(({ line }) => line !== '');
  const [first, second] = lines;
  if (first === undefined) throw new BadInput(`${path}:1: the file is empty: give an event, an array, or JSON lines`);
  if (second !== undefined && isJson(first.line)) {
    return lines.map(({ line, where }) => ({ event: unwrapped(parse(line, where)), where }));
  }
  const whole = parse(text, path);
  if (!Array.isArray(whole)) return [{ event: unwrapped(whole), where: first.where }];
  return whole.map((event: unknown, index) => ({ event: unwrapped(event), where: `${path}, event ${index + 1}` }));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new BadInput(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code}): give a file of events`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${at(where, text, error)}: not JSON: give an event, an array of events, or one event a line`);
  }
}

/** JSON.parse says at which character it stopped, except at the end of the text. */
function at(where: string, text: string, error: unknown): string {
  if (/:\d+$/.test(where)) return where;
  const position = /position (\d+)/.exec(String(error))?.[1];
  const before = position === undefined ? text.trimEnd() : text.slice(0, Number(position));
  return `${where}:${before.split('\n').length}`;
}

function unwrapped(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('event' in given) || 'detail' in given) return given;
  return given.event;
}
