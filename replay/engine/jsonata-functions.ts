import { createHash } from 'node:crypto';
import type { Frame } from './queries';

/** The functions that Step Functions adds to JSONata. `$eval` it takes away. */
export function stepFunctionsFunctions(frame: Pick<Frame, 'random' | 'uuid'>): Record<string, unknown> {
  return {
    partition,
    range,
    hash,
    random: (seed?: number) => (seed === undefined ? frame.random() : seeded(seed)),
    uuid: () => frame.uuid(),
    parse: (text: string) => JSON.parse(text) as unknown,
    eval: undefined,
  };
}

function partition(list: readonly unknown[], size: number): unknown {
  if (list === undefined) return undefined;
  const members = Array.isArray(list) ? list : [list];
  const parts = [];
  for (let start = 0; start < members.length; start += size) parts.push(members.slice(start, start + size));
  return parts;
}

/** The numbers from `first` to `last`. A list of one comes out as its member, as JSONata's sequences do. */
function range(first: number, last: number, delta: number): unknown {
  if (delta === 0) throw new Error('the step of a range cannot be 0');
  const numbers = [];
  for (let at = first; delta > 0 ? at <= last : at >= last; at += delta) numbers.push(at);
  return numbers.length === 1 ? numbers[0] : numbers;
}

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
export function seeded(seed: number): number {
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}
