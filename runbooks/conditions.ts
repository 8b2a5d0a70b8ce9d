import jsonata from 'jsonata';
import type * as z from 'zod';

/** A rule's condition, compiled. */
export interface Condition {
  /** Whether it holds. Throws where it answers anything but true or false, or nothing at all. */
  holds(situation: unknown): Promise<boolean>;
}

/** Why a condition cannot be used: in words, with the position in its text where that is known. */
export class BadCondition extends Error {
  override readonly name = 'BadCondition';
}

/** Conditions are short: more than this is a loop. */
const timeLimitMs = 1_000;
const depthLimit = 100;

/**
 * Compiles a condition and looks whether it reads only what a situation has: a misspelt field would be nothing for ever,
 * and the rule behind it dead.
 */
export function compileCondition(text: string, situation: z.ZodType): Condition {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(text);
  } catch (error) {
    const { message, position } = error as { message: string; position?: number };
    throw new BadCondition(`${message}${position === undefined ? '' : ` (at character ${position})`}`);
  }
  for (const path of pathsOf(expression.ast())) refuseUnknownField(path, situation);
  return {
    async holds(input) {
      const answer: unknown = await bounded(text).evaluate(input);
      if (typeof answer !== 'boolean')
        throw new BadCondition(`it answered ${JSON.stringify(answer)}, not true or false`);
      return answer;
    },
  };
}

function bounded(text: string): jsonata.Expression {
  const expression = jsonata(text);
  const began = Date.now();
  let depth = 0;
  const check = () => {
    if (depth > depthLimit) throw new BadCondition(`it is more than ${depthLimit} evaluations deep`);
    if (Date.now() - began > timeLimitMs) throw new BadCondition(`it takes longer than ${timeLimitMs} ms`);
  };
  expression.assign(Symbol.for('jsonata.__evaluate_entry') as unknown as string, () => {
    depth++;
    check();
  });
  expression.assign(Symbol.for('jsonata.__evaluate_exit') as unknown as string, () => {
    depth--;
    check();
  });
  return expression;
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly [key: string]: unknown;
}

interface Path {
  readonly names: readonly string[];
  /** The value that the path is compared with, where that is a literal text. */
  readonly comparedWith: string | null;
}

/**
 * The paths of names that begin at the situation. Within a filter or a function's body names are relative to something
 * else: what is there is left to evaluation.
 */
function pathsOf(root: unknown): Path[] {
  const found: Path[] = [];
  const visit = (node: unknown, comparedWith: string | null) => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, null);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const it = node as Node;
    if (it.type === 'binary' && (it.value === '=' || it.value === '!=')) {
      visit(it['lhs'], literal(it['rhs']));
      visit(it['rhs'], literal(it['lhs']));
      return;
    }
    if (it.type === 'path') {
      const names = [];
      for (const step of it.steps ?? []) {
        if (step.type !== 'name') break;
        names.push(String(step.value));
        if (step['stages'] !== undefined || step['predicate'] !== undefined) break;
      }
      const whole = names.length === it.steps?.length;
      if (names.length > 0) found.push({ names, comparedWith: whole ? comparedWith : null });
      return;
    }
    if (it.type === 'lambda') return;
    for (const [key, value] of Object.entries(it)) if (key !== 'type') visit(value, null);
  };
  visit(root, null);
  return found;
}

function literal(node: unknown): string | null {
  const it = node as Node | undefined;
  return it?.type === 'string' ? String(it.value) : null;
}

function refuseUnknownField({ names, comparedWith }: Path, situation: z.ZodType): void {
  let schema = describe(situation);
  for (const [index, name] of names.entries()) {
    const fields = schema?.fields;
    if (fields === undefined) return;
    if (fields === 'any') return;
    const next = fields[name];
    if (next === undefined) {
      const where = names.slice(0, index).join('.') || 'the situation';
      throw new BadCondition(`${where} has no field ${name}; it has ${Object.keys(fields).sort().join(', ')}`);
    }
    schema = describe(next);
  }
  if (comparedWith !== null && schema?.values !== undefined && !schema.values.includes(comparedWith)) {
    throw new BadCondition(`${names.join('.')} is never '${comparedWith}'; it is one of ${schema.values.join(', ')}`);
  }
}

interface Described {
  readonly fields: Readonly<Record<string, z.ZodType>> | 'any' | undefined;
  readonly values: readonly string[] | undefined;
}

/** What of a schema a condition can go wrong about, through arrays (a path maps over them), nulls and defaults. */
function describe(schema: z.ZodType): Described | undefined {
  const { def } = schema as unknown as { def: { type: string } & Record<string, unknown> };
  switch (def.type) {
    case 'object':
      return { fields: def['shape'] as Record<string, z.ZodType>, values: undefined };
    case 'record':
      return { fields: 'any', values: undefined };
    case 'array':
      return describe(def['element'] as z.ZodType);
    case 'nullable':
    case 'optional':
    case 'default':
      return describe(def['innerType'] as z.ZodType);
    case 'enum':
      return { fields: {}, values: Object.values(def['entries'] as Record<string, string>) };
    case 'string':
    case 'number':
    case 'boolean':
      return { fields: {}, values: undefined };
    default:
      return undefined;
  }
}
