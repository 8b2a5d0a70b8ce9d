import type { ExprNode } from 'jsonata';
import { isObject, type Json } from '../json';
import type { ErrorOutput, Frame } from '../queries';

/** What `$states` holds beside the input and the context object. */
export interface Bindings {
  readonly result?: Json;
  readonly errorOutput?: ErrorOutput;
}

/** Computes an expression at once. Undefined where it is not sure what JSONata would answer: then JSONata is asked. */
export type Shortcut = (frame: Frame, bound: Bindings) => Json | undefined;

type Node = { readonly [field: string]: unknown };
type Operator = (left: Json, right: Json) => Json | undefined;

/**
 * A way around JSONata's evaluator, which takes many turns of the event loop for each expression, where an expression is
 * plain: paths through objects, arithmetic on numbers, comparisons of like with like, documents made of these. Null where
 * it is not.
 */
export function shortcutOf(ast: ExprNode): Shortcut | null {
  return shortcut(ast as unknown as Node);
}

function shortcut(node: Node): Shortcut | null {
  switch (node['type']) {
    case 'string':
    case 'number':
    case 'value':
      return hasOnly(node, 'value') ? () => node['value'] as Json : null;
    case 'variable':
      return hasOnly(node, 'value') ? read(String(node['value']), []) : null;
    case 'path':
      return hasOnly(node, 'steps') ? path(node['steps'] as readonly Node[]) : null;
    case 'block':
      return hasOnly(node, 'expressions') ? block(node['expressions'] as readonly Node[]) : null;
    case 'condition':
      return hasOnly(node, 'condition', 'then', 'else') ? condition(node) : null;
    case 'binary':
      return hasOnly(node, 'value', 'lhs', 'rhs') ? binary(node) : null;
    case 'unary':
      return unary(node);
    default:
      return null;
  }
}

/** Any other field changes what a node means: a filter, a group, an array that is kept. */
function hasOnly(node: Node, ...fields: readonly string[]): boolean {
  return Object.keys(node).every((field) => field === 'type' || field === 'position' || fields.includes(field));
}

function path([start, ...rest]: readonly Node[]): Shortcut | null {
  if (start?.['type'] !== 'variable' || !hasOnly(start, 'value')) return null;
  if (!rest.every((step) => step['type'] === 'name' && hasOnly(step, 'value'))) return null;
  return read(
    String(start['value']),
    rest.map((step) => String(step['value'])),
  );
}

function read(variable: string, names: readonly string[]): Shortcut {
  if (variable !== 'states') return ({ scope }) => follow(scope.get(variable), names, 0);
  switch (names[0]) {
    case 'input':
      return (frame) => follow(frame.input, names, 1);
    case 'result':
      return (_, bound) => follow(bound.result, names, 1);
    case 'errorOutput':
      return (_, bound) => follow(bound.errorOutput, names, 1);
    case 'context':
      return (frame) => follow(frame.context(), names, 1);
    default:
      return () => undefined;
  }
}

/** Follows names through objects; undefined where anything else is met: over a list JSONata would map. */
function follow(start: Json | undefined, names: readonly string[], from: number): Json | undefined {
  let value = start;
  for (let at = from; at < names.length; at++) {
    const name = names[at] ?? '';
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function block([only, ...others]: readonly Node[]): Shortcut | null {
  return only === undefined || others.length > 0 ? null : shortcut(only);
}

function condition(node: Node): Shortcut | null {
  const test = shortcut(node['condition'] as Node);
  const yes = shortcut(node['then'] as Node);
  const no = node['else'] === undefined ? () => undefined : shortcut(node['else'] as Node);
  if (test === null || yes === null || no === null) return null;
  return (frame, bound) => {
    const holds = test(frame, bound);
    return typeof holds === 'boolean' ? (holds ? yes : no)(frame, bound) : undefined;
  };
}

function binary(node: Node): Shortcut | null {
  const name = String(node['value']);
  const left = shortcut(node['lhs'] as Node);
  const right = shortcut(node['rhs'] as Node);
  if (left === null || right === null) return null;
  if (name === 'and' || name === 'or') {
    return (frame, bound) => {
      const first = left(frame, bound);
      if (typeof first !== 'boolean') return undefined;
      if (first === (name === 'or')) return first;
      const second = right(frame, bound);
      return typeof second === 'boolean' ? second : undefined;
    };
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) return null;
  return (frame, bound) => {
    const first = left(frame, bound);
    if (first === undefined) return undefined;
    const second = right(frame, bound);
    return second === undefined ? undefined : operator(first, second);
  };
}

const operators: Readonly<Record<string, Operator>> = {
  '+': onNumbers((a, b) => a + b),
  '-': onNumbers((a, b) => a - b),
  '*': onNumbers((a, b) => a * b),
  '/': onNumbers((a, b) => a / b),
  '%': onNumbers((a, b) => a % b),
  '=': onScalars((a, b) => a === b),
  '!=': onScalars((a, b) => a !== b),
  '<': onAlike((a, b) => a < b),
  '<=': onAlike((a, b) => a <= b),
  '>': onAlike((a, b) => a > b),
  '>=': onAlike((a, b) => a >= b),
  '&': (left, right) => {
    const [first, second] = [textOf(left), textOf(right)];
    return first === undefined || second === undefined ? undefined : first + second;
  },
};

function onNumbers(compute: (a: number, b: number) => number): Operator {
  return (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') return undefined;
    const result = compute(left, right);
    return Number.isFinite(result) ? result : undefined;
  };
}

function onScalars(compare: (a: Json, b: Json) => boolean): Operator {
  const isScalar = (value: Json) => typeof value !== 'object' || value === null;
  return (left, right) => (isScalar(left) && isScalar(right) ? compare(left, right) : undefined);
}

function onAlike(compare: (a: number | string, b: number | string) => boolean): Operator {
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return compare(left, right);
    return typeof left === 'string' && typeof right === 'string' ? compare(left, right) : undefined;
  };
}

/** Text as it is, and numbers that are written the same everywhere. */
function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) && Math.abs(value as number) < 1e15 ? String((value as number) + 0) : undefined;
}

function unary(node: Node): Shortcut | null {
  switch (node['value']) {
    case '-':
      return hasOnly(node, 'value', 'expression') ? negative(shortcut(node['expression'] as Node)) : null;
    case '[':
      return hasOnly(node, 'value', 'expressions') ? list(node['expressions'] as readonly Node[]) : null;
    case '{':
      return hasOnly(node, 'value', 'lhs') ? document(node['lhs'] as readonly (readonly [Node, Node])[]) : null;
    default:
      return null;
  }
}

function negative(inner: Shortcut | null): Shortcut | null {
  if (inner === null) return null;
  return (frame, bound) => {
    const value = inner(frame, bound);
    return typeof value === 'number' ? -value : undefined;
  };
}

/** A list takes the members of the lists that it is given, except of those that are written out in it. */
function list(nodes: readonly Node[]): Shortcut | null {
  const items = nodes.map((node) => ({
    value: shortcut(node),
    isList: node['type'] === 'unary' && node['value'] === '[',
  }));
  if (items.some(({ value }) => value === null)) return null;
  return (frame, bound) => {
    const members: Json[] = [];
    for (const { value, isList } of items) {
      const item = value?.(frame, bound);
      if (item === undefined) return undefined;
      if (Array.isArray(item) && !isList) members.push(...(item as readonly Json[]));
      else members.push(item);
    }
    return members;
  };
}

function document(pairs: readonly (readonly [Node, Node])[]): Shortcut | null {
  const members: [string, Shortcut][] = [];
  for (const [key, value] of pairs) {
    const inner = shortcut(value);
    if (inner === null || key['type'] !== 'string' || !hasOnly(key, 'value')) return null;
    members.push([String(key['value']), inner]);
  }
  const keys = new Set(members.map(([key]) => key));
  if (keys.size < members.length || keys.has('__proto__')) return null;
  return (frame, bound) => {
    const made: Record<string, Json> = {};
    for (const [key, inner] of members) {
      const value = inner(frame, bound);
      if (value === undefined) return undefined;
      made[key] = value;
    }
    return made;
  };
}
