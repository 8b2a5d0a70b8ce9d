import { equal, isObject, type Json } from '../json';
import { compilePath, InvalidPath } from './path';

/** Judges an item of a list; `root` is what the whole path starts from. */
export type Predicate = (item: Json, root: Json) => boolean;

/** What stands beside an operator: undefined where a path finds nothing. */
type Operand = (item: Json, root: Json) => Json | RegExp | undefined;

type Comparison = (left: Json | undefined, right: Json | RegExp | undefined) => boolean;

const comparisons: Readonly<Record<string, Comparison>> = {
  '==': same,
  '===': same,
  '!=': (left, right) => !same(left, right),
  '!==': (left, right) => !same(left, right),
  '<': (left, right) => ordered(left, right, (order) => order < 0),
  '<=': (left, right) => ordered(left, right, (order) => order <= 0),
  '>': (left, right) => ordered(left, right, (order) => order > 0),
  '>=': (left, right) => ordered(left, right, (order) => order >= 0),
  '=~': (left, right) => right instanceof RegExp && typeof left === 'string' && right.test(left),
  in: (left, right) => isIn(left, right),
  nin: (left, right) => !isIn(left, right),
  contains: (left, right) =>
    typeof left === 'string' ? typeof right === 'string' && left.includes(right) : isIn(right as Json, left),
  anyof: (left, right) => listOf(left).some((it) => isIn(it, right)),
  noneof: (left, right) => !listOf(left).some((it) => isIn(it, right)),
  subsetof: (left, right) => Array.isArray(left) && listOf(left).every((it) => isIn(it, right)),
  size: (left, right) => sizeOf(left) === (typeof right === 'number' ? right : sizeOf(right as Json)),
  empty: (left, right) => (sizeOf(left) === 0) === right,
};

/** Compiles what stands between `?(` and `)`. Throws `InvalidPath`. */
export function compileFilter(text: string): Predicate {
  return new FilterReader(text).read();
}

class FilterReader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Predicate {
    const predicate = this.either();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.fault();
    return predicate;
  }

  private either(): Predicate {
    let left = this.both();
    while (this.take('||')) {
      const [before, right] = [left, this.both()];
      left = (item, root) => before(item, root) || right(item, root);
    }
    return left;
  }

  private both(): Predicate {
    let left = this.single();
    while (this.take('&&')) {
      const [before, right] = [left, this.single()];
      left = (item, root) => before(item, root) && right(item, root);
    }
    return left;
  }

  private single(): Predicate {
    if (this.take('!')) {
      const inner = this.single();
      return (item, root) => !inner(item, root);
    }
    if (this.take('(')) {
      const inner = this.either();
      if (!this.take(')')) throw this.fault();
      return inner;
    }
    const left = this.operand();
    this.skipBlanks();
    const operator = /^(===|!==|==|!=|<=|>=|=~|<|>|(?:in|nin|contains|anyof|noneof|subsetof|size|empty)\b)/i.exec(
      this.text.slice(this.at),
    )?.[0];
    // A path by itself asks whether there is something.
    if (operator === undefined) return (item, root) => (left(item, root) ?? null) !== null;
    this.at += operator.length;
    const right = this.operand();
    const compare = comparisons[operator.toLowerCase()] ?? same;
    return (item, root) => compare(left(item, root) as Json | undefined, right(item, root));
  }

  private operand(): Operand {
    this.skipBlanks();
    const rest = this.text.slice(this.at);
    const literal =
      /^(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b)/.exec(rest)?.[0];
    if (literal !== undefined) {
      this.at += literal.length;
      const value = literalOf(literal);
      return () => value;
    }
    const regex = /^\/((?:\\.|[^/\\])*)\/([ims]*)/.exec(rest);
    if (regex !== null) {
      this.at += regex[0].length;
      // Jayway matches the whole text.
      const pattern = new RegExp(`^(?:${regex[1]})$`, regex[2]);
      return () => pattern;
    }
    if (rest.startsWith('[')) return this.list();
    if (rest.startsWith('@') || rest.startsWith('$')) return this.path();
    throw this.fault();
  }

  private list(): Operand {
    this.at++;
    const items: Operand[] = [];
    while (!this.take(']')) {
      items.push(this.operand());
      this.take(',');
      if (this.at >= this.text.length) throw this.fault();
    }
    return (item, root) => items.map((it) => it(item, root) as Json);
  }

  private path(): Operand {
    const start = this.at;
    let depth = 0;
    let quote = '';
    while (this.at < this.text.length) {
      const character = this.text[this.at] ?? '';
      if (quote !== '') {
        if (character === quote) quote = '';
      } else if (depth > 0 && (character === "'" || character === '"')) quote = character;
      else if (character === '[') depth++;
      else if (character === ']') {
        if (depth === 0) break;
        depth--;
      } else if (this.text.startsWith('()', this.at)) {
        this.at += 2;
        break;
      } else if (depth === 0 && /[\s()=!<>&|,]/.test(character)) break;
      this.at++;
    }
    const text = this.text.slice(start, this.at);
    const path = compilePath(text);
    const absolute = text.startsWith('$');
    return (item, root) => path.read(absolute ? root : item);
  }

  private take(text: string): boolean {
    this.skipBlanks();
    if (!this.text.startsWith(text, this.at)) return false;
    // The ! of != is none of its own.
    if (text === '!' && this.text[this.at + 1] === '=') return false;
    this.at += text.length;
    return true;
  }

  private skipBlanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private fault(): InvalidPath {
    return new InvalidPath(`the filter ?(${this.text}) is not understood at character ${this.at + 1}`);
  }
}

function literalOf(text: string): Json {
  if (text.startsWith("'") || text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return JSON.parse(text) as Json;
}

function same(left: Json | undefined, right: Json | RegExp | undefined): boolean {
  return !(right instanceof RegExp) && left !== undefined && right !== undefined && equal(left, right);
}

function ordered(left: Json | undefined, right: Json | RegExp | undefined, holds: (order: number) => boolean): boolean {
  if (typeof left === 'number' && typeof right === 'number') return holds(left - right);
  if (typeof left === 'string' && typeof right === 'string') return holds(left < right ? -1 : left > right ? 1 : 0);
  return false;
}

function isIn(value: Json | undefined, list: Json | RegExp | undefined): boolean {
  return value !== undefined && listOf(list).some((it) => equal(it, value));
}

function listOf(value: Json | RegExp | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function sizeOf(value: Json | undefined): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}
