import { EvaluationError } from './errors';
import { isObject, type Json, type JsonObject } from './json';
import { jsonataQueries } from './jsonata/queries';
import { jsonpathQueries } from './jsonpath/queries';
import type { Queries } from './queries';
import { parseResource, type Resource } from './resource';
import { type Problem, problemsOf } from './validation';

/** A state machine, or the inside of a branch or an iteration, ready to run. */
export interface Machine {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
  readonly timeoutSeconds: number | undefined;
}

interface Common {
  readonly name: string;
  /** The types of its events of entry and exit. */
  readonly entered: string;
  readonly exited: string;
  readonly queries: Queries;
  /** The next state; null where the state ends its machine. */
  readonly next: string | null;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export type State =
  | (Common & { readonly type: 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' })
  | (Common & { readonly type: 'Task'; readonly resource: Resource })
  | (Common & { readonly type: 'Parallel'; readonly branches: readonly Machine[] })
  | (Common & { readonly type: 'Map'; readonly processor: Machine });

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly fullJitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
}

/** A definition that cannot be run: every reason, each with where it is. */
export class InvalidDefinition extends Error {
  override readonly name = 'InvalidDefinition';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ where, reason }) => `${where}: ${reason}`).join('\n'));
  }
}

/** Machines hold nothing of an execution: what is made of a definition serves whoever brings the same one again. */
const loaded = new WeakMap<object, Machine>();

/** Makes a machine of a definition, which must not be changed afterwards. Throws `InvalidDefinition`. */
export function loadMachine(definition: unknown): Machine {
  const known = isObject(definition) ? loaded.get(definition) : undefined;
  if (known !== undefined) return known;
  const problems = problemsOf(definition);
  if (problems.length > 0 || !isObject(definition)) throw new InvalidDefinition(problems);
  const machine = compile(definition, textOf(definition['QueryLanguage']) ?? 'JSONPath');
  loaded.set(definition, machine);
  return machine;
}

function compile(definition: JsonObject, language: string): Machine {
  const states = new Map<string, State>();
  for (const [name, state] of Object.entries(definition['States'] as JsonObject)) {
    states.set(name, compileState(name, state as JsonObject, language));
  }
  return {
    startAt: String(definition['StartAt']),
    states,
    timeoutSeconds: numberOf(definition['TimeoutSeconds']),
  };
}

function compileState(name: string, state: JsonObject, inherited: string): State {
  const language = textOf(state['QueryLanguage']) ?? inherited;
  const type = String(state['Type']);
  let queries: Queries;
  try {
    queries = language === 'JSONata' ? jsonataQueries(state) : jsonpathQueries(state);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new InvalidDefinition([{ where: `${name}.${error.field}`, reason: error.message }]);
  }
  const common: Common = {
    name,
    entered: `${type}StateEntered`,
    exited: `${type}StateExited`,
    queries,
    next: textOf(state['Next']) ?? null,
    retriers: listOf(state['Retry']).map(retrier),
    catchers: listOf(state['Catch']).map((it) => ({
      errorEquals: textsOf(it['ErrorEquals']),
      next: String(it['Next']),
    })),
  };
  switch (type) {
    case 'Pass':
    case 'Choice':
    case 'Wait':
    case 'Succeed':
    case 'Fail':
      return { ...common, type };
    case 'Task': {
      const resource = parseResource(String(state['Resource']));
      if (resource === null) throw new InvalidDefinition([{ where: `${name}.Resource`, reason: 'is not known' }]);
      return { ...common, type, resource };
    }
    case 'Parallel':
      return { ...common, type, branches: listOf(state['Branches']).map((branch) => compile(branch, language)) };
    case 'Map':
      return {
        ...common,
        type,
        processor: compile((state['ItemProcessor'] ?? state['Iterator']) as JsonObject, language),
      };
    default:
      throw new InvalidDefinition([{ where: `${name}.Type`, reason: `${type} is not known` }]);
  }
}

function retrier(it: JsonObject): Retrier {
  return {
    errorEquals: textsOf(it['ErrorEquals']),
    intervalSeconds: numberOf(it['IntervalSeconds']) ?? 1,
    maxAttempts: numberOf(it['MaxAttempts']) ?? 3,
    backoffRate: numberOf(it['BackoffRate']) ?? 2,
    maxDelaySeconds: numberOf(it['MaxDelaySeconds']) ?? Number.POSITIVE_INFINITY,
    fullJitter: it['JitterStrategy'] === 'FULL',
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
