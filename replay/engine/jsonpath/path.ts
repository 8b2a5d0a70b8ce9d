import { isObject, type Json } from '../json';
import { compileFilter, type Predicate } from './filter';

/** A text that is no path of the dialect. */
export class InvalidPath extends Error {
  override readonly name = 'InvalidPath';
}

/**
 * A compiled JSONPath, in Jayway's dialect, which is Step Functions' own. A definite path (names and single indexes)
 * finds one value or misses; any other finds a list, which is empty where nothing is found.
 */
export interface Path {
  readonly definite: boolean;
  /** What the path finds from `root`; undefined where a definite path misses. */
  read(root: Json): Json | undefined;
  /** Why a definite path that missed did so, in Jayway's words. */
  explainMiss(root: Json): string;
  /** Whether it missed only because a list is shorter than an index. */
  missesByIndex(root: Json): boolean;
}

type Token =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'filter'; readonly holds: Predicate }
  | { readonly kind: 'scan' };

const aggregates: Readonly<Record<string, (value: Json) => Json | undefined>> = {
  length: (value) => (typeof value === 'string' || Array.isArray(value) ? value.length : keysOf(value)?.length),
  keys: keysOf,
  first: (value) => (Array.isArray(value) ? (value[0] as Json | undefined) : undefined),
  last: (value) => (Array.isArray(value) ? (value.at(-1) as Json | undefined) : undefined),
  min: (value) => overNumbers(value, (numbers) => Math.min(...numbers)),
  max: (value) => overNumbers(value, (numbers) => Math.max(...numbers)),
  sum: (value) => overNumbers(value, sumOf),
  avg: (value) => overNumbers(value, (numbers) => sumOf(numbers) / numbers.length),
};

/** Compiles a path that begins with `$` (or with `@`, inside a filter). Throws `InvalidPath`. */
export function compilePath(text: string): Path {
  const { tokens, aggregate } = new Reader(text).read();
  const definite = tokens.every(
    (token, at) =>
      token.kind === 'name' || token.kind === 'index' || (token.kind === 'names' && at === tokens.length - 1),
  );
  const find: Path['read'] = definite
    ? (root) => follow(root, tokens)
    : (root) => {
        const found: Json[] = [];
        gather(root, tokens, 0, root, found);
        return found;
      };
  return {
    definite,
    read:
      aggregate === undefined
        ? find
        : (root) => {
            const value = find(root);
            return value === undefined ? undefined : aggregate(value);
          },
    explainMiss: (root) => explain(root, tokens),
    missesByIndex: (root) => shortAt(root, tokens) === tokens.length - 1,
  };
}

function follow(root: Json, tokens: readonly Token[]): Json | undefined {
  let value: Json | undefined = root;
  for (const token of tokens) {
    value = step(value, token);
    if (value === undefined) return undefined;
  }
  return value;
}

/** One step of a definite path. */
function step(value: Json, token: Token): Json | undefined {
  switch (token.kind) {
    case 'name':
      return isObject(value) && Object.hasOwn(value, token.name) ? value[token.name] : undefined;
    case 'index':
      return Array.isArray(value) ? (value.at(token.index) as Json | undefined) : undefined;
    case 'names': {
      // Several names at a path's end make an object of those that are there.
      if (!isObject(value)) return undefined;
      return Object.fromEntries(
        token.names.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name] as Json]),
      );
    }
    default:
      return undefined;
  }
}

function gather(value: Json, tokens: readonly Token[], at: number, root: Json, found: Json[]): void {
  const token = tokens[at];
  if (token === undefined) {
    found.push(value);
    return;
  }
  for (const next of matches(value, token, root, at === tokens.length - 1)) gather(next, tokens, at + 1, root, found);
}

function matches(value: Json, token: Token, root: Json, last: boolean): readonly Json[] {
  switch (token.kind) {
    case 'name':
    case 'index': {
      const next = step(value, token);
      return next === undefined ? [] : [next];
    }
    case 'names': {
      if (last) {
        const next = step(value, token);
        return next === undefined ? [] : [next];
      }
      return token.names.flatMap((name) => step(value, { kind: 'name', name }) ?? []);
    }
    case 'indexes':
      return token.indexes.flatMap((index) => {
        const next = step(value, { kind: 'index', index });
        return next === undefined ? [] : [next];
      });
    case 'slice':
      return Array.isArray(value) ? (value.slice(token.from, token.to) as Json[]) : [];
    case 'wildcard':
      return childrenOf(value);
    case 'filter':
      // On an object the filter judges the object itself.
      return (Array.isArray(value) ? (value as readonly Json[]) : isObject(value) ? [value] : []).filter((it) =>
        token.holds(it, root),
      );
    case 'scan':
      return descendants(value);
    default:
      return token satisfies never;
  }
}

/** The value and everything in it, from the outside in. */
function descendants(value: Json): Json[] {
  return [value, ...childrenOf(value).flatMap(descendants)].filter((it) => typeof it === 'object' && it !== null);
}

function childrenOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return isObject(value) ? Object.values(value) : [];
}

function keysOf(value: Json): string[] | undefined {
  return isObject(value) ? Object.keys(value) : undefined;
}

function overNumbers(value: Json, of: (numbers: readonly number[]) => number): number | undefined {
  const numbers = Array.isArray(value) ? value.filter((it): it is number => typeof it === 'number') : [];
  return numbers.length === 0 ? undefined : of(numbers);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, it) => sum + it, 0);
}

/** Where a list is too short for an index; -1 where it is something else that is missing. */
function shortAt(root: Json, tokens: readonly Token[]): number {
  let value: Json = root;
  for (const [at, token] of tokens.entries()) {
    const next = step(value, token);
    if (next === undefined) return token.kind === 'index' && Array.isArray(value) ? at : -1;
    value = next;
  }
  return -1;
}

function explain(root: Json, tokens: readonly Token[]): string {
  let value: Json = root;
  for (const [at, token] of tokens.entries()) {
    const next = step(value, token);
    if (next !== undefined) {
      value = next;
      continue;
    }
    if (token.kind === 'name' && isObject(value) && at < tokens.length - 1) {
      return `Missing property in path ${written(tokens.slice(0, at + 1))}`;
    }
    break;
  }
  return `No results for path: ${written(tokens)}`;
}

function written(tokens: readonly Token[]): string {
  const quoted = (name: string) => `'${name}'`;
  return `$${tokens
    .map((token) =>
      token.kind === 'name'
        ? `[${quoted(token.name)}]`
        : token.kind === 'index'
          ? `[${token.index}]`
          : token.kind === 'names'
            ? `[${token.names.map(quoted).join(',')}]`
            : '',
    )
    .join('')}`;
}

/** Reads a path's text from left to right. */
class Reader {
  private at = 1;

  constructor(private readonly text: string) {}

  read(): { tokens: Token[]; aggregate: ((value: Json) => Json | undefined) | undefined } {
    const { text } = this;
    const tokens: Token[] = [];
    while (this.at < text.length) {
      if (text.startsWith('..', this.at)) {
        this.at += text[this.at + 2] === '[' ? 2 : 1;
        tokens.push({ kind: 'scan' });
        if (this.at >= text.length - 1) throw this.fault('ends with ..');
        if (text[this.at] === '[') continue;
      }
      if (text[this.at] === '[') {
        tokens.push(this.bracket());
        continue;
      }
      if (text[this.at] !== '.') throw this.fault(`has ${JSON.stringify(text[this.at])} at character ${this.at + 1}`);
      this.at++;
      const name = this.name();
      if (name === '*') tokens.push({ kind: 'wildcard' });
      else if (text[this.at] === '(') {
        const aggregate = Object.hasOwn(aggregates, name) ? aggregates[name] : undefined;
        if (aggregate === undefined || text.slice(this.at) !== '()') throw this.fault(`calls ${name}`);
        return { tokens, aggregate };
      } else tokens.push({ kind: 'name', name });
    }
    return { tokens, aggregate: undefined };
  }

  private name(): string {
    const start = this.at;
    while (this.at < this.text.length && !'.[( '.includes(this.text[this.at] ?? '')) this.at++;
    const name = this.text.slice(start, this.at);
    if (name === '') throw this.fault('has an empty name');
    if (this.text[this.at] === ' ') throw this.fault("has a blank outside of ['…']");
    return name;
  }

  private bracket(): Token {
    const start = this.at + 1;
    const end = this.closing();
    const inside = this.text.slice(start, end).trim();
    this.at = end + 1;
    if (inside === '*') return { kind: 'wildcard' };
    if (/^\?\s*\(/.test(inside) && inside.endsWith(')')) {
      return { kind: 'filter', holds: compileFilter(inside.slice(inside.indexOf('(') + 1, -1)) };
    }
    if (/^['"]/.test(inside)) return this.quotedNames(inside);
    if (/^-?\d+$/.test(inside)) return { kind: 'index', index: Number(inside) };
    if (/^-?\d+(\s*,\s*-?\d+)+$/.test(inside)) return { kind: 'indexes', indexes: inside.split(',').map(Number) };
    const slice = /^(-?\d+)?\s*:\s*(-?\d+)?$/.exec(inside);
    if (slice === null) throw this.fault(`has [${inside}]`);
    const bound = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));
    return { kind: 'slice', from: bound(slice[1]), to: bound(slice[2]) };
  }

  private quotedNames(inside: string): Token {
    // A backslash is a character like any other, unless it stands before the quotation mark that would end the name.
    const quoted = /(['"])((?:\\\1|(?!\1)[\s\S])*)\1\s*(,\s*|$)/y;
    const names: string[] = [];
    while (quoted.lastIndex < inside.length) {
      const match = quoted.exec(inside);
      if (match === null) throw this.fault(`has [${inside}]`);
      names.push((match[2] ?? '').replaceAll(`\\${match[1]}`, match[1] ?? ''));
    }
    return names.length === 1 ? { kind: 'name', name: names[0] ?? '' } : { kind: 'names', names };
  }

  /** Where the bracket that opens here is closed, outside of quotation marks and inner brackets. */
  private closing(): number {
    let depth = 0;
    let quote = '';
    for (let at = this.at; at < this.text.length; at++) {
      const character = this.text[at] ?? '';
      if (quote !== '') {
        if (character === '\\' && this.text[at + 1] === quote) at++;
        else if (character === quote) quote = '';
      } else if (character === "'" || character === '"') quote = character;
      else if (character === '[') depth++;
      else if (character === ']' && --depth === 0) return at;
    }
    throw this.fault('has a bracket that is not closed');
  }

  private fault(what: string): InvalidPath {
    return new InvalidPath(`the path ${this.text} ${what}`);
  }
}
