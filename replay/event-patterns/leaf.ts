import ipaddr from 'ipaddr.js';

/** What a field may be: any one of a list of values and operators. */
export interface Leaf {
  readonly matches: (value: unknown) => boolean;
  /** Whether the field may also not be there. */
  readonly whenAbsent: boolean;
}

type Refuse = (reason: string) => Error;
type Match = (value: unknown) => boolean;

/** Compiles a list of values and operators. Throws what `refuse` makes of the reason. */
export function compileLeaf(list: readonly unknown[], refuse: Refuse): Leaf {
  if (list.length === 0) throw refuse('an empty list matches nothing');
  const matches: Match[] = [];
  let whenAbsent = false;
  for (const item of list) {
    if (typeof item === 'object' && item !== null) {
      const [name, argument, ...others] = Object.entries(item).flat() as [string?, unknown?, ...unknown[]];
      if (Array.isArray(item) || name === undefined || others.length > 0) {
        throw refuse('an operator is an object with exactly one name');
      }
      if (name === 'exists') {
        if (typeof argument !== 'boolean') throw refuse('exists takes true or false');
        if (argument) matches.push(() => true);
        else whenAbsent = true;
      } else matches.push(compileOperator(name, argument, refuse));
    } else {
      matches.push((value) => value === item);
    }
  }
  return { matches: (value) => matches.some((match) => match(value)), whenAbsent };
}

function compileOperator(name: string, argument: unknown, refuse: Refuse): Match {
  switch (name) {
    case 'prefix':
      return affix(argument, 'prefix', refuse);
    case 'suffix':
      return affix(argument, 'suffix', refuse);
    case 'equals-ignore-case': {
      const wanted = lower(textOf(argument, name, refuse));
      return (value) => typeof value === 'string' && lower(value) === wanted;
    }
    case 'wildcard':
      return wildcard(textOf(argument, name, refuse), refuse);
    case 'numeric':
      return numeric(argument, refuse);
    case 'cidr':
      return cidr(textOf(argument, name, refuse), refuse);
    case 'anything-but':
      return anythingBut(argument, refuse);
    default:
      throw refuse(`there is no operator ${name}`);
  }
}

function affix(argument: unknown, name: 'prefix' | 'suffix', refuse: Refuse): Match {
  const holds = name === 'prefix' ? String.prototype.startsWith : String.prototype.endsWith;
  if (typeof argument === 'object' && argument !== null && !Array.isArray(argument)) {
    const [[inner, value] = ['', undefined], ...others] = Object.entries(argument);
    if (inner !== 'equals-ignore-case' || others.length > 0) throw refuse(`${name} takes a text or equals-ignore-case`);
    const wanted = lower(textOf(value, inner, refuse));
    return (found) => typeof found === 'string' && holds.call(lower(found), wanted);
  }
  const wanted = textOf(argument, name, refuse);
  return (found) => typeof found === 'string' && holds.call(found, wanted);
}

function anythingBut(argument: unknown, refuse: Refuse): Match {
  if (typeof argument === 'object' && argument !== null && !Array.isArray(argument)) {
    const [[name, value] = ['', undefined], ...others] = Object.entries(argument);
    if (others.length > 0) throw refuse('anything-but takes one operator');
    const excluded = list(value).map((item) => excludedBy(name, item, refuse));
    if (excluded.length === 0) throw refuse('anything-but needs something to exclude');
    return (found) => !excluded.some((match) => match(found));
  }
  const values = list(argument);
  const [first] = values;
  const kind = typeof first;
  if (values.length === 0 || (kind !== 'string' && kind !== 'number') || values.some((it) => typeof it !== kind)) {
    throw refuse('anything-but takes texts or numbers');
  }
  return (found) => !values.includes(found);
}

function excludedBy(name: string, argument: unknown, refuse: Refuse): Match {
  const wanted = textOf(argument, name, refuse);
  switch (name) {
    case 'prefix':
    case 'suffix':
      if (wanted === '') throw refuse(`anything-but takes no empty ${name}`);
      return affix(wanted, name, refuse);
    case 'equals-ignore-case':
    case 'wildcard':
      return compileOperator(name, wanted, refuse);
    default:
      throw refuse(`anything-but takes no ${name}`);
  }
}

/**
 * `*` stands for any run of characters; `\*` for itself. EventBridge refuses two in a row, and patterns whose wildcards
 * are followed by the same character again and again, which would take it too long.
 */
function wildcard(pattern: string, refuse: Refuse): Match {
  const parts: string[] = [''];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? '';
    const next = pattern[index + 1];
    if (character === '\\') {
      if (next !== '*' && next !== '\\') throw refuse('in a wildcard a backslash stands before * or \\');
      parts[parts.length - 1] += next;
      index++;
    } else if (character === '*') {
      if (next === '*') throw refuse('a wildcard takes no two * in a row');
      parts.push('');
    } else parts[parts.length - 1] += character;
  }
  const following = parts.slice(1).map((part) => part[0]);
  for (const character of new Set(following)) {
    if (character !== undefined && following.filter((it) => it === character).length > 3) {
      throw refuse('the wildcard is too complex: fewer * before the same character');
    }
  }
  return (value) => typeof value === 'string' && runs(parts, value);
}

/** Whether a text is made of the parts in their order, with anything between them. Takes time linear in the text. */
function runs(parts: readonly string[], value: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= value.length - last.length;
}

const comparisons: Readonly<Record<string, (found: number, wanted: number) => boolean>> = {
  '=': (found, wanted) => found === wanted,
  '<': (found, wanted) => found < wanted,
  '<=': (found, wanted) => found <= wanted,
  '>': (found, wanted) => found > wanted,
  '>=': (found, wanted) => found >= wanted,
};

/** EventBridge compares numbers from -5e9 to 5e9: others never match. */
const numericLimit = 5_000_000_000;

function numeric(argument: unknown, refuse: Refuse): Match {
  if (!Array.isArray(argument)) throw refuse('numeric takes a list such as [">", 0, "<=", 5]');
  const [operator, value, upper, limit, ...others] = argument as unknown[];
  const compare = (name: unknown, wanted: unknown): Match => {
    const comparison = typeof name === 'string' && Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
    if (comparison === undefined) throw refuse(`numeric knows no comparison ${JSON.stringify(name ?? null)}`);
    if (typeof wanted !== 'number')
      throw refuse(`numeric compares with a number, not ${JSON.stringify(wanted ?? null)}`);
    if (Math.abs(wanted) > numericLimit) throw refuse(`numeric compares with numbers up to ${numericLimit}`);
    return (found) => typeof found === 'number' && Math.abs(found) <= numericLimit && comparison(found, wanted);
  };
  const lower = compare(operator, value);
  if (argument.length === 2) return lower;
  const higher = compare(upper, limit);
  const isRange = /^>/.test(String(operator)) && /^</.test(String(upper));
  if (others.length > 0 || !isRange || Number(value) >= Number(limit))
    throw refuse('numeric takes one range, the lower end first');
  return (found) => lower(found) && higher(found);
}

function cidr(block: string, refuse: Refuse): Match {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(block) && !ipaddr.IPv6.isValidCIDR(block)) {
    throw refuse(`${JSON.stringify(block)} is no CIDR block`);
  }
  const range = ipaddr.parseCIDR(block);
  return (value) => {
    if (typeof value !== 'string' || !isAddress(value)) return false;
    const address = ipaddr.parse(value);
    return address.kind() === range[0].kind() && address.match(range as never);
  };
}

/** IPv4 in four decimal parts only: `7`, `10.1` and `0x7f.1` are ways to write one that EventBridge does not read. */
function isAddress(value: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value);
}

function textOf(argument: unknown, name: string, refuse: Refuse): string {
  if (typeof argument !== 'string') throw refuse(`${name} takes a text, not ${JSON.stringify(argument ?? null)}`);
  return argument;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function lower(text: string): string {
  return text.toLowerCase();
}
