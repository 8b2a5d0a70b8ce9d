import { createHash } from 'node:crypto';
import { equal, isObject, type Json } from '../json';
import type { Frame } from '../queries';
import { drawWithSeed } from './java-random';

/** A function's own complaint about its arguments. */
export class IntrinsicFailure extends Error {
  override readonly name = 'IntrinsicFailure';
}

export interface IntrinsicFunction {
  /** The least and the most arguments that it takes. */
  readonly arity: readonly [number, number];
  apply(given: readonly Json[], frame: Frame): Json;
}

/** Characters that Base64Encode, Base64Decode and Hash take, and members that ArrayRange makes:
 * https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
const textLimit = 10_000;
const rangeLimit = 1_000;

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The intrinsic functions by the name that follows `States.`. */
export const intrinsicFunctions: Readonly<Record<string, IntrinsicFunction>> = {
  Array: { arity: [0, Number.POSITIVE_INFINITY], apply: (given) => given },
  ArrayPartition: {
    arity: [2, 2],
    apply([list, size]) {
      const members = listOf(list);
      const length = integerOf(size);
      if (length <= 0) throw new IntrinsicFailure('The chunk size must be a positive integer');
      const parts: Json[] = [];
      for (let start = 0; start < members.length; start += length) parts.push(members.slice(start, start + length));
      return parts;
    },
  },
  ArrayContains: {
    arity: [2, 2],
    apply: ([list, value]) => listOf(list).some((it) => equal(it, value)),
  },
  ArrayRange: {
    arity: [3, 3],
    apply(given) {
      const [first, last, delta] = given.map(integerOf) as [number, number, number];
      if (delta === 0) throw new IntrinsicFailure('The step of a range must not be 0');
      const count = Math.max(0, Math.floor((last - first) / delta) + 1);
      if (count > rangeLimit) throw new IntrinsicFailure(`A range cannot have more than ${rangeLimit} members`);
      return Array.from({ length: count }, (_, index) => first + index * delta);
    },
  },
  ArrayGetItem: {
    arity: [2, 2],
    apply([list, index]) {
      const members = listOf(list);
      const at = integerOf(index);
      const found = at < 0 ? undefined : members[at];
      if (found === undefined) throw new IntrinsicFailure(`Index ${at} is out of bounds for length ${members.length}`);
      return found;
    },
  },
  ArrayLength: { arity: [1, 1], apply: ([list]) => listOf(list).length },
  ArrayUnique: {
    arity: [1, 1],
    apply: ([list]) =>
      listOf(list).filter((item, index, all) => all.findIndex((earlier) => equal(earlier, item)) === index),
  },
  Base64Encode: {
    arity: [1, 1],
    apply: ([data]) => Buffer.from(shortTextOf(data), 'utf8').toString('base64'),
  },
  Base64Decode: {
    arity: [1, 1],
    apply([data]) {
      const text = shortTextOf(data);
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
        throw new IntrinsicFailure('The data is not Base64');
      }
      return Buffer.from(text, 'base64').toString('utf8');
    },
  },
  Hash: {
    arity: [2, 2],
    apply([data, algorithm]) {
      const name = algorithms[textOf(algorithm)];
      if (name === undefined) throw new IntrinsicFailure(`There is no algorithm ${JSON.stringify(algorithm)}`);
      return createHash(name).update(shortTextOf(data)).digest('hex');
    },
  },
  JsonMerge: {
    arity: [3, 3],
    apply([first, second, deep]) {
      if (typeof deep !== 'boolean') throw new IntrinsicFailure('The third argument must be a boolean');
      if (!isObject(first) || !isObject(second)) throw new IntrinsicFailure('The first two arguments must be objects');
      if (deep) throw new IntrinsicFailure('Only shallow merging is supported');
      return { ...first, ...second };
    },
  },
  StringToJson: {
    arity: [1, 1],
    apply([text]) {
      const document = textOf(text).trim();
      if (document === '') return null;
      try {
        return JSON.parse(document) as Json;
      } catch {
        throw new IntrinsicFailure(`The text is not JSON: ${JSON.stringify(text)}`);
      }
    },
  },
  JsonToString: { arity: [1, 1], apply: ([value]) => JSON.stringify(value) },
  MathRandom: {
    arity: [2, 3],
    apply(given, frame) {
      const [from, to, seed] = given.map(integerOf) as [number, number, number | undefined];
      if (from >= to) throw new IntrinsicFailure('The start of the range must be less than its end');
      if (seed !== undefined) return Number(drawWithSeed(BigInt(seed), BigInt(from), BigInt(to)));
      return from + Math.floor(frame.random() * (to - from));
    },
  },
  MathAdd: {
    arity: [2, 2],
    apply: (given) => {
      const [left, right] = given.map(integerOf) as [number, number];
      return left + right;
    },
  },
  StringSplit: {
    arity: [2, 2],
    apply([text, splitters]) {
      // Every character of the second argument splits, and nothing is left between two that meet.
      const splitting = new Set(textOf(splitters));
      const parts: string[] = [];
      let part = '';
      for (const character of textOf(text)) {
        if (!splitting.has(character)) part += character;
        else if (part !== '') {
          parts.push(part);
          part = '';
        }
      }
      return part === '' ? parts : [...parts, part];
    },
  },
  UUID: { arity: [0, 0], apply: (_, frame) => frame.uuid() },
};

/** A value as `States.Format` prints it, which is Java's way: `{a=1, b=[]}`. */
export function formatted(value: Json): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map((it) => formatted(it as Json)).join(', ')}]`;
  if (!isObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${formatted(item)}`)
    .join(', ')}}`;
}

function listOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new IntrinsicFailure(`An array was expected, but there was ${JSON.stringify(value)}`);
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new IntrinsicFailure(`A string was expected, but there was ${JSON.stringify(value)}`);
}

function shortTextOf(value: Json | undefined): string {
  const text = textOf(value);
  if ([...text].length > textLimit) throw new IntrinsicFailure(`More than ${textLimit} characters`);
  return text;
}

/** Numbers are rounded, half of one upwards, before they are used. */
function integerOf(value: Json | undefined): number {
  if (typeof value !== 'number') {
    throw new IntrinsicFailure(`A number was expected, but there was ${JSON.stringify(value)}`);
  }
  return Math.round(value) + 0;
}
