import { createHash } from 'node:crypto';
import type { Frame } from '../queries';

/** The functions that Step Functions adds to JSONata and that answer the same for the same arguments. */
export const fixedFunctions: Readonly<Record<string, unknown>> = {
  partition,
  range,
  hash,
  parse: (text: string) => JSON.parse(text) as unknown,
};

/** Those that draw on the frame. `$eval`, which JSONata has, Step Functions takes away. */
export const frameFunctions: Readonly<Record<string, (frame: Frame) => unknown>> = {
  random: (frame) => (seed?: number) => (seed === undefined ? frame.random() : seeded(seed)),
  uuid: (frame) => () => frame.uuid(),
  millis: (frame) => () => frame.now(),
};

function partition(list: readonly unknown[] | undefined, size: number): unknown {
  if (list === undefined) return undefined;
  const length = Math.trunc(size);
  if (!(length > 0)) throw new Error('the size of a part must be a positive integer');
  const members = Array.isArray(list) ? list : [list];
  const parts = [];
  for (let start = 0; start < members.length; start += length) parts.push(members.slice(start, start + length));
  return parts;
}

/** The numbers from `first` to `last`. A list of one comes out as its member, as JSONata's sequences do. */
function range(first: number, last: number, delta: number): unknown {
  if (delta === 0) throw new Error('the step of a range cannot be 0');
  const numbers = [];
  for (let at = first; delta > 0 ? at <= last : at >= last; at += delta) {
    numbers.push(at);
    if (numbers.length > rangeLimit) throw new Error(`a range cannot have more than ${rangeLimit} members`);
  }
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
const rangeLimit = 1_000;

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(data: unknown, algorithm: string): string {
  const name = algorithms[algorithm];
  if (name === undefined) throw new Error(`there is no algorithm ${algorithm}`);
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

/** The same number for the same seed: a step of mulberry32. */
function seeded(seed: number): number {
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}
