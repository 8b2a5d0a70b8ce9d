import { StateError } from '../engine/errors';
import { Execution } from '../engine/execution';
import { History, type HistoryEvent } from '../engine/history';
import type { Integrations, TaskAnswer } from '../engine/integrations';
import { isObject, type Json } from '../engine/json';
import { loadMachine, type Machine } from '../engine/machine';
import { VirtualScheduler } from '../engine/scheduler';
import { TaskTokens } from '../engine/task-tokens';
import { linesOf } from './json-lines';
import { type Answer, hasFailed, type Recorded, readCase, textIn } from './recorded-case';

/** The clock's start: the same on every run. */
const start = Date.UTC(2026, 0, 1);

/**
 * Runs recorded executions on the virtual clock, with the answers that their tasks had, and prints one
 * `{"id", "history"}` line for each. What the engine refuses, or fails at, is told by an error in the history whose name
 * begins with `Engine.`, which no service raises.
 */
export async function asl(file: string, print: (line: string) => void, warn: (line: string) => void): Promise<void> {
  for (const { where, text } of linesOf(file)) {
    const it = readCase(text, where);
    print(JSON.stringify({ id: it.id, history: await play(it, (reason) => warn(`${where}: ${it.id}: ${reason}`)) }));
  }
}

const identity = {
  arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:execution',
  name: 'execution',
  stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
  stateMachineName: 'machine',
  roleArn: 'arn:aws:iam::111111111111:role/machine',
};

async function play(it: Recorded, warn: (reason: string) => void): Promise<HistoryEvent[]> {
  const input = withMoments((it.input ?? null) as Json);
  let machine: Machine;
  try {
    machine = loadMachine(withFunctionArns(it.definition as Json));
  } catch (error) {
    const { message } = error as Error;
    warn(message);
    const history = new History();
    history.add(start, 'ExecutionStarted', 0, { input, roleArn: identity.roleArn });
    history.add(start, 'ExecutionFailed', 0, { error: 'Engine.DefinitionRefused', cause: message });
    return history.read();
  }
  const scheduler = new VirtualScheduler(start);
  let drawn = 0;
  const uuid = () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`;
  const script = new Script(it.tasks, uuid);
  const execution = new Execution(
    machine,
    {
      scheduler,
      random: () => 0.5,
      uuid,
      integrations: script.integrations,
      tokens: new TaskTokens((state) => script.token(state)),
      region: 'us-east-1',
      transitionLatencyMs: 0,
    },
    identity,
    input,
  );
  let fault: Error | undefined;
  execution.run().catch((error: Error) => {
    fault = error;
  });
  await scheduler.run();
  const { history } = execution;
  if (fault !== undefined) {
    warn(fault.stack ?? fault.message);
    history.add(scheduler.now(), 'ExecutionFailed', history.length, { error: 'Engine.Fault', cause: fault.message });
  }
  return history.read();
}

/** Tasks that answer what they are recorded to have answered, by the state's name and in order. */
class Script {
  private readonly calls = new Map<string, number>();

  constructor(
    private readonly answers: Recorded['tasks'],
    private readonly uuid: () => string,
  ) {}

  /** A worker may answer with the token that it was given: then it was given that one. */
  token(state: string): string {
    const output = this.current(state)?.output;
    const named = isObject(output) ? Object.entries(output).find(([key]) => key === 'TaskToken') : undefined;
    return typeof named?.[1] === 'string' ? named[1] : this.uuid();
  }

  readonly integrations: Integrations = {
    perform: async ({ state, resource }): Promise<TaskAnswer> => {
      const given = this.current(state);
      this.calls.set(state, (this.calls.get(state) ?? 0) + 1);
      // An error that no Catch takes: what the task did is not known, so nothing that follows from it is either.
      if (given === undefined) throw new StateError('States.Runtime', `the case does not say what ${state} answered`);
      const done = given.never ? undefined : settled(given);
      if (given.submitted !== undefined) return { submitted: given.submitted as Json, ...(done && { done }) };
      if (resource.pattern === 'task-token') return done === undefined ? {} : { done };
      return { output: await (done ?? new Promise<Json>(() => {})) };
    },
  };

  /** The last answer answers every further call. */
  private current(state: string): Answer | undefined {
    const answers = this.answers[state] ?? [];
    return answers[Math.min(this.calls.get(state) ?? 0, answers.length - 1)];
  }
}

function settled(given: Answer): Promise<Json> {
  if (!hasFailed(given)) return Promise.resolve((given.output ?? null) as Json);
  const failed = Promise.reject(new StateError(given.error ?? undefined, textIn(given.cause)));
  // Nobody may be waiting for it any more.
  failed.catch(() => {});
  return failed;
}

/** Recordings mask moments: `date` stands where one was written in ISO 8601. Any will do. */
function withMoments(value: Json): Json {
  if (value === 'date') return new Date(start).toISOString();
  if (Array.isArray(value)) return value.map((item) => withMoments(item as Json));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMoments(item)]));
}

/** Recordings name a function by what deployed it, where its ARN stood. */
function withFunctionArns(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => withFunctionArns(item as Json));
  if (!isObject(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withFunctionArns(item)]));
  const { Type: type, Resource: resource } = value;
  if (type !== 'Task' || typeof resource !== 'string' || resource.startsWith('arn:')) return members;
  return { ...members, Resource: `arn:aws:lambda:us-east-1:111111111111:function:${resource}` };
}
