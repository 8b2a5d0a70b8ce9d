import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BadInput } from './bad-input';
import { eventsIn, type GivenEvent } from './envelope';

/**
 * The events of a file, as EventBridge would deliver them: one event, an array of them, or one a line (JSON lines), each as
 * it is, as the `event` of an object, or in one of the other forms that `eventsIn` knows.
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
    return lines.flatMap(({ line, where }) => eventsIn(parse(line, where), where));
  }
  const whole = parse(text, path);
  return eventsIn(whole, Array.isArray(whole) ? path : first.where);
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    // CloudTrail delivers its log files as gzip.
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    return plain.toString('utf8').replace(/^\uFEFF/, '');
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
