import { EvaluationError } from './errors';
import { alternatives, retrierFields, vocabularies } from './fields';
import { isObject, type Json, type JsonObject } from './json';
import { isExpression } from './jsonata/expression';
import { jsonataQueries } from './jsonata/queries';
import { jsonpathQueries } from './jsonpath/queries';
import { parseResource } from './resource';
import { parseTimestamp } from './timestamp';

/** What is wrong with a definition, and where: `States.Wait for it.Seconds`. */
export interface Problem {
  readonly where: string;
  readonly reason: string;
}

type Language = keyof typeof vocabularies;

/** The longest that a time limit, a heartbeat or a Wait can be given in a definition. */
const secondsLimit = 99_999_999;

/** Everything that is wrong with a definition: what AWS refuses, and what this engine does not do. */
export function problemsOf(definition: unknown): Problem[] {
  const problems: Problem[] = [];
  if (!isObject(definition)) return [{ where: 'definition', reason: 'is not a JSON object' }];
  const { QueryLanguage: given = 'JSONPath' } = definition;
  if (!isLanguage(given)) {
    return [{ where: 'QueryLanguage', reason: `${JSON.stringify(given)} is neither JSONata nor JSONPath` }];
  }
  checkMachine(definition, {
    where: '',
    language: given,
    onlyJsonata: given === 'JSONata',
    names: new Map(),
    allowed: ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'],
    report: (where, reason) => problems.push({ where, reason }),
  });
  return problems;
}

interface Checking {
  readonly where: string;
  readonly language: Language;
  /** A definition in JSONata has no state in JSONPath; one in JSONPath may have states in either. */
  readonly onlyJsonata: boolean;
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
  if (timeout !== undefined && !isSeconds(timeout, 1)) report(`${prefix}TimeoutSeconds`, 'must be a positive integer');
  if (typeof startAt !== 'string' || !Object.hasOwn(states, startAt)) {
    report(`${prefix}StartAt`, `there is no state ${JSON.stringify(startAt ?? null)}`);
  }
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
      if (typeof target !== 'string' || !Object.hasOwn(states, target)) {
        report(`${at}.${field}`, `there is no state ${JSON.stringify(target)}`);
      }
    }
  }
  const reached = reachedFrom(states, startAt);
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) report(`${prefix}States.${name}`, 'is never reached');
  }
  const ends = Object.values(states).some(
    (state) => isObject(state) && (state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail'),
  );
  if (!ends) report(`${prefix}States`, 'has no state that ends it');
}

function reachedFrom(states: JsonObject, startAt: Json | undefined): Set<string> {
  const reached = new Set<string>();
  const waiting = [startAt];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (typeof name !== 'string' || reached.has(name)) continue;
    reached.add(name);
    const state = Object.hasOwn(states, name) ? states[name] : undefined;
    if (isObject(state)) waiting.push(...targetsOf(state).map(([, target]) => target));
  }
  return reached;
}

function checkState(state: JsonObject, at: string, checking: Checking): void {
  const { report } = checking;
  const type = state['Type'];
  const language = state['QueryLanguage'] ?? checking.language;
  if (!isLanguage(language)) {
    report(`${at}.QueryLanguage`, `${JSON.stringify(language)} is neither JSONata nor JSONPath`);
    return;
  }
  if (checking.onlyJsonata && language !== 'JSONata') {
    report(`${at}.QueryLanguage`, 'cannot be JSONPath where the state machine is in JSONata');
    return;
  }
  const vocabulary = vocabularies[language];
  const fields =
    typeof type === 'string' && Object.hasOwn(vocabulary.states, type) ? vocabulary.states[type] : undefined;
  if (typeof type !== 'string' || fields === undefined) {
    report(`${at}.Type`, `${JSON.stringify(type ?? null)} is no type of state`);
    return;
  }
  for (const field of Object.keys(state)) {
    if (!fields.includes(field)) report(`${at}.${field}`, `is no field of a ${type} state in ${language}`);
  }
  for (const [one, other] of alternatives) {
    if (state[one] !== undefined && state[other] !== undefined) report(`${at}.${other}`, `cannot be beside ${one}`);
  }
  checkFlow(state, type, at, report);
  try {
    if (language === 'JSONata') jsonataQueries(state);
    else jsonpathQueries(state);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    report(`${at}.${error.field}`, error.message);
  }
  checkHandlers(state, at, vocabulary.catcher, language, report);
  checkAssignments(state, at, report);
  checkType(state, type, at, language, checking);
}

function checkType(state: JsonObject, type: string, at: string, language: Language, checking: Checking): void {
  const { report } = checking;
  const checkSeconds = (field: string, least: number) => {
    const given = state[field];
    if (given === undefined || isSeconds(given, least) || (language === 'JSONata' && isExpression(given))) return;
    const kind = least === 0 ? 'an integer that is not negative' : 'a positive integer';
    report(`${at}.${field}`, `must be ${kind}${language === 'JSONata' ? ' or an expression' : ''}`);
  };
  switch (type) {
    case 'Task': {
      if (typeof state['Resource'] !== 'string' || parseResource(state['Resource']) === null) {
        report(`${at}.Resource`, `${JSON.stringify(state['Resource'] ?? null)} is nothing that this engine calls`);
      }
      checkSeconds('TimeoutSeconds', 1);
      checkSeconds('HeartbeatSeconds', 1);
      const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
      if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
        report(`${at}.HeartbeatSeconds`, 'must be less than TimeoutSeconds');
      }
      return;
    }
    case 'Choice':
      if (!Array.isArray(state['Choices']) || state['Choices'].length === 0)
        report(`${at}.Choices`, 'must hold a rule');
      if (language === 'JSONPath') return;
      for (const [index, rule] of listOf(state['Choices']).entries())
        checkRule(rule, `${at}.Choices[${index}]`, report);
      return;
    case 'Wait': {
      const ways = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
      const given = ways.filter((field) => state[field] !== undefined);
      if (given.length !== 1) report(at, 'must have exactly one of Seconds and Timestamp');
      checkSeconds('Seconds', 0);
      const timestamp = state['Timestamp'];
      if (timestamp !== undefined && !isExpression(timestamp) && parseTimestamp(timestamp) === null) {
        report(`${at}.Timestamp`, `${JSON.stringify(timestamp)} is no ISO 8601 moment with an offset`);
      }
      return;
    }
    case 'Parallel':
      if (!Array.isArray(state['Branches']) || state['Branches'].length === 0)
        report(`${at}.Branches`, 'must hold a branch');
      for (const [index, branch] of listOf(state['Branches']).entries()) {
        checkInner(branch, `${at}.Branches[${index}]`, language, checking);
      }
      return;
    case 'Map': {
      checkSeconds('MaxConcurrency', 0);
      const field = state['ItemProcessor'] === undefined ? 'Iterator' : 'ItemProcessor';
      const processor = state[field];
      if (!isObject(processor)) {
        report(`${at}.ItemProcessor`, 'is missing');
        return;
      }
      const mode = isObject(processor['ProcessorConfig']) ? processor['ProcessorConfig']['Mode'] : 'INLINE';
      if (mode !== undefined && mode !== 'INLINE')
        report(`${at}.${field}.ProcessorConfig`, 'only INLINE is done by this engine');
      checkInner(processor, `${at}.${field}`, language, checking);
      return;
    }
    default:
  }
}

function checkInner(inner: JsonObject, where: string, language: Language, checking: Checking): void {
  checkMachine(inner, {
    ...checking,
    where,
    language,
    allowed: ['Comment', 'StartAt', 'States', 'ProcessorConfig'],
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
    if (!vocabularies.JSONata.rule.includes(field)) report(`${at}.${field}`, 'is no field of a Choice rule in JSONata');
  }
  const { Condition: condition } = rule;
  if (typeof condition !== 'boolean' && !isExpression(condition)) report(`${at}.Condition`, 'must be an expression');
}

/** Variables are set by name, by the state itself, its rules and its handlers. `states` is the language's own. */
function checkAssignments(state: JsonObject, at: string, report: Checking['report']): void {
  const setters: [string, JsonObject][] = [[at, state]];
  for (const field of ['Choices', 'Catch']) {
    for (const [index, it] of listOf(state[field]).entries()) setters.push([`${at}.${field}[${index}]`, it]);
  }
  for (const [where, { Assign: assign }] of setters) {
    if (assign === undefined) continue;
    if (!isObject(assign)) {
      report(`${where}.Assign`, 'must be an object of variables');
      continue;
    }
    for (const name of Object.keys(assign)) {
      if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}(\.\$)?$/u.test(name) || /^states(\.\$)?$/.test(name)) {
        report(`${where}.Assign.${name}`, 'is no name of a variable');
      }
    }
  }
}

function checkHandlers(
  state: JsonObject,
  at: string,
  catcherFields: readonly string[],
  language: Language,
  report: Checking['report'],
): void {
  for (const [field, allowed] of [['Retry', retrierFields] as const, ['Catch', catcherFields] as const]) {
    if (state[field] === undefined) continue;
    if (!Array.isArray(state[field])) report(`${at}.${field}`, 'must be a list');
    const handlers = listOf(state[field]);
    for (const [index, handler] of handlers.entries()) {
      const where = `${at}.${field}[${index}]`;
      for (const name of Object.keys(handler)) {
        if (!allowed.includes(name)) report(`${where}.${name}`, `is no field of ${field} in ${language}`);
      }
      const errors = handler['ErrorEquals'];
      if (!Array.isArray(errors) || errors.length === 0) report(`${where}.ErrorEquals`, 'must name an error');
      else if (errors.includes('States.ALL') && (errors.length > 1 || index < handlers.length - 1)) {
        report(`${where}.ErrorEquals`, 'States.ALL must stand alone and last');
      }
      if (field === 'Retry') checkRetrier(handler, where, report);
    }
  }
}

function checkRetrier(retrier: JsonObject, at: string, report: Checking['report']): void {
  const check = (field: string, fits: (value: number) => boolean, kind: string) => {
    const given = retrier[field];
    if (given !== undefined && (typeof given !== 'number' || !fits(given))) report(`${at}.${field}`, `must be ${kind}`);
  };
  check('IntervalSeconds', (it) => Number.isInteger(it) && it >= 0, 'an integer that is not negative');
  check('MaxAttempts', (it) => Number.isInteger(it) && it >= 0, 'an integer that is not negative');
  check('BackoffRate', (it) => it >= 1, 'a number of at least 1');
  check('MaxDelaySeconds', (it) => Number.isInteger(it) && it > 0, 'a positive integer');
  const jitter = retrier['JitterStrategy'];
  if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE')
    report(`${at}.JitterStrategy`, 'must be FULL or NONE');
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

function isLanguage(value: unknown): value is Language {
  return value === 'JSONata' || value === 'JSONPath';
}

function isSeconds(value: Json, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= secondsLimit;
}
