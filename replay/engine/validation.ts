import { EvaluationError } from './errors';
import { isObject, type Json, type JsonObject } from './json';
import { isExpression, jsonataQueries } from './jsonata';
import { parseResource } from './resource';

/** What is wrong with a definition, and where: `States.Wait for it.Seconds`. */
export interface Problem {
  readonly where: string;
  readonly reason: string;
}

const common = ['Type', 'Comment', 'QueryLanguage'];
const flow = ['Next', 'End'];
const handled = ['Retry', 'Catch'];

/** The fields that each type of state may have in JSONata. Whatever else there is would be silently without effect. */
const jsonataFields: Readonly<Record<string, readonly string[]>> = {
  Pass: [...common, ...flow, 'Output', 'Assign'],
  Task: [
    ...common,
    ...flow,
    ...handled,
    'Resource',
    'Arguments',
    'Output',
    'Assign',
    'TimeoutSeconds',
    'HeartbeatSeconds',
    'Credentials',
  ],
  Choice: [...common, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...common, ...flow, 'Seconds', 'Timestamp', 'Output', 'Assign'],
  Succeed: [...common, 'Output'],
  Fail: [...common, 'Error', 'Cause'],
  Parallel: [...common, ...flow, ...handled, 'Branches', 'Arguments', 'Output', 'Assign'],
  Map: [
    ...common,
    ...flow,
    ...handled,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'Iterator',
    'MaxConcurrency',
    'Output',
    'Assign',
  ],
};

/** Everything that is wrong with a definition: what AWS refuses, and what this engine does not do. */
export function problemsOf(definition: unknown): Problem[] {
  const problems: Problem[] = [];
  const names = new Map<string, string>();
  if (!isObject(definition)) return [{ where: 'definition', reason: 'is not a JSON object' }];
  checkMachine(definition, {
    where: '',
    language: typeof definition['QueryLanguage'] === 'string' ? definition['QueryLanguage'] : 'JSONPath',
    names,
    allowed: ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'],
    report: (where, reason) => problems.push({ where, reason }),
  });
  return problems;
}

interface Checking {
  readonly where: string;
  readonly language: string;
  /** Every state's name so far, with where it stands: names are unique throughout a definition. */
  readonly names: Map<string, string>;
  readonly allowed: readonly string[];
  readonly report: (where: string, reason: string) => void;
}

function checkMachine(machine: JsonObject, checking: Checking): void {
  const { where, names, report } = checking;
  const prefix = where === '' ? '' : `${where}.`;
  for (const field of Object.keys(machine)) {
    if (!checking.allowed.includes(field)) report(`${prefix}${field}`, 'is no field of a state machine');
  }
  const { States: states, StartAt: startAt } = machine;
  if (!isObject(states) || Object.keys(states).length === 0) {
    report(`${prefix}States`, 'must hold at least one state');
    return;
  }
  const timeout = machine['TimeoutSeconds'];
  if (timeout !== undefined && !isPositiveInteger(timeout))
    report(`${prefix}TimeoutSeconds`, 'must be a positive integer');
  if (typeof startAt !== 'string' || !(startAt in states)) {
    report(`${prefix}StartAt`, `there is no state ${JSON.stringify(startAt ?? null)}`);
  }
  const reached = new Set<string>(typeof startAt === 'string' ? [startAt] : []);
  for (const [name, state] of Object.entries(states)) {
    const at = `${prefix}States.${name}`;
    if (name.length > 80) report(at, 'has a name of more than 80 characters');
    const other = names.get(name);
    if (other !== undefined) report(at, `has the name of another state, at ${other}`);
    names.set(name, at);
    if (!isObject(state)) {
      report(at, 'is not a state');
      continue;
    }
    checkState(state, at, checking);
    for (const [field, target] of targetsOf(state)) {
      if (typeof target !== 'string' || !(target in states)) {
        report(`${at}.${field}`, `there is no state ${JSON.stringify(target)}`);
      } else reached.add(target);
    }
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) report(`${prefix}States.${name}`, 'is never reached');
  }
  const ends = Object.values(states).some(
    (state) => isObject(state) && (state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail'),
  );
  if (!ends) report(`${prefix}States`, 'has no state that ends it');
}

function checkState(state: JsonObject, at: string, checking: Checking): void {
  const { report } = checking;
  const type = state['Type'];
  const language = state['QueryLanguage'] ?? checking.language;
  if (language !== 'JSONata') {
    report(`${at}.QueryLanguage`, `${JSON.stringify(language)} is not done by this engine`);
    return;
  }
  if (typeof type !== 'string' || !(type in jsonataFields)) {
    report(`${at}.Type`, `${JSON.stringify(type ?? null)} is no type of state`);
    return;
  }
  const fields = jsonataFields[type] ?? [];
  for (const field of Object.keys(state)) {
    if (!fields.includes(field)) report(`${at}.${field}`, `is no field of a ${type} state in JSONata`);
  }
  checkFlow(state, type, at, report);
  try {
    jsonataQueries(state, type);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    report(`${at}.${error.field}`, error.message);
  }
  checkHandlers(state, at, report);
  switch (type) {
    case 'Task':
      if (typeof state['Resource'] !== 'string' || parseResource(state['Resource']) === null) {
        report(`${at}.Resource`, `${JSON.stringify(state['Resource'] ?? null)} is nothing that this engine calls`);
      }
      for (const field of ['TimeoutSeconds', 'HeartbeatSeconds']) {
        const limit = state[field];
        if (limit !== undefined && !isExpression(limit) && !isPositiveInteger(limit)) {
          report(`${at}.${field}`, 'must be a positive integer or an expression');
        }
      }
      return;
    case 'Choice':
      if (!Array.isArray(state['Choices']) || state['Choices'].length === 0)
        report(`${at}.Choices`, 'must hold a rule');
      for (const [index, rule] of listOf(state['Choices']).entries())
        checkRule(rule, `${at}.Choices[${index}]`, report);
      return;
    case 'Wait': {
      const given = ['Seconds', 'Timestamp'].filter((field) => state[field] !== undefined);
      if (given.length !== 1) report(at, 'must have exactly one of Seconds and Timestamp');
      return;
    }
    case 'Parallel':
      if (!Array.isArray(state['Branches']) || state['Branches'].length === 0)
        report(`${at}.Branches`, 'must hold a branch');
      for (const [index, branch] of listOf(state['Branches']).entries()) {
        checkInner(branch, `${at}.Branches[${index}]`, String(language), checking);
      }
      return;
    case 'Map': {
      const processor = state['ItemProcessor'] ?? state['Iterator'];
      if (!isObject(processor)) {
        report(`${at}.ItemProcessor`, 'is missing');
        return;
      }
      const mode = isObject(processor['ProcessorConfig']) ? processor['ProcessorConfig']['Mode'] : 'INLINE';
      if (mode !== undefined && mode !== 'INLINE')
        report(`${at}.ItemProcessor.ProcessorConfig`, 'only INLINE is done by this engine');
      checkInner(processor, `${at}.ItemProcessor`, String(language), checking);
      return;
    }
    default:
  }
}

function checkInner(inner: JsonObject, where: string, language: string, checking: Checking): void {
  checkMachine(inner, {
    ...checking,
    where,
    language,
    allowed: ['Comment', 'StartAt', 'States', 'ProcessorConfig', 'QueryLanguage'],
  });
}

function checkFlow(state: JsonObject, type: string, at: string, report: Checking['report']): void {
  if (type === 'Choice' || type === 'Succeed' || type === 'Fail') return;
  const { Next: next, End: end } = state;
  if (end !== undefined && typeof end !== 'boolean') report(`${at}.End`, 'must be true or false');
  if ((next === undefined) === (end !== true)) report(at, 'must have either Next or End');
}

function checkRule(rule: JsonObject, at: string, report: Checking['report']): void {
  for (const field of Object.keys(rule)) {
    if (!['Condition', 'Next', 'Output', 'Assign', 'Comment'].includes(field)) {
      report(`${at}.${field}`, 'is no field of a Choice rule in JSONata');
    }
  }
  const { Condition: condition } = rule;
  if (typeof condition !== 'boolean' && !isExpression(condition)) report(`${at}.Condition`, 'must be an expression');
}

function checkHandlers(state: JsonObject, at: string, report: Checking['report']): void {
  const known: Readonly<Record<string, readonly string[]>> = {
    Retry: [
      'ErrorEquals',
      'IntervalSeconds',
      'MaxAttempts',
      'BackoffRate',
      'MaxDelaySeconds',
      'JitterStrategy',
      'Comment',
    ],
    Catch: ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment'],
  };
  for (const [field, allowed] of Object.entries(known)) {
    if (state[field] === undefined) continue;
    if (!Array.isArray(state[field])) report(`${at}.${field}`, 'must be a list');
    const handlers = listOf(state[field]);
    for (const [index, handler] of handlers.entries()) {
      const where = `${at}.${field}[${index}]`;
      for (const name of Object.keys(handler)) {
        if (!allowed.includes(name)) report(`${where}.${name}`, `is no field of ${field} in JSONata`);
      }
      const errors = handler['ErrorEquals'];
      if (!Array.isArray(errors) || errors.length === 0) report(`${where}.ErrorEquals`, 'must name an error');
      else if (errors.includes('States.ALL') && (errors.length > 1 || index < handlers.length - 1)) {
        report(`${where}.ErrorEquals`, 'States.ALL must stand alone and last');
      }
    }
  }
}

function targetsOf(state: JsonObject): [string, Json][] {
  const found: [string, Json][] = [];
  if (state['Next'] !== undefined) found.push(['Next', state['Next']]);
  if (state['Default'] !== undefined) found.push(['Default', state['Default']]);
  for (const field of ['Choices', 'Catch']) {
    for (const [index, it] of listOf(state[field]).entries())
      found.push([`${field}[${index}].Next`, it['Next'] ?? null]);
  }
  return found;
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isPositiveInteger(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
