import { Cancellation } from './cancellation';
import { Cancelled, EvaluationError, isCatchable, names, StateError } from './errors';
import { History } from './history';
import type { Integrations } from './integrations';
import { type Json, type JsonObject, type Maybe, sizeOf } from './json';
import type { Machine, Retrier, State } from './machine';
import type { Frame, Outcome } from './queries';
import type { Scheduler } from './scheduler';
import { Scope } from './scope';
import { attemptTask } from './task';
import type { TaskTokens } from './task-tokens';

/** Bytes of a state's input or output, and events of a history: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const payloadLimit = 262_144;
export const eventLimit = 25_000;

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution runs in. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly uuid: () => string;
  readonly integrations: Integrations;
  readonly tokens: TaskTokens;
  readonly region: string;
  /** How long Step Functions takes from one state to the next. */
  readonly transitionLatencyMs: number;
}

export interface Identity {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
}

/** Where one line of states has come to: the machine itself, a branch, or an iteration. */
export interface Thread {
  /** The event that the next one follows. */
  previous: number;
  readonly scope: Scope;
  readonly cancellation: Cancellation;
  readonly mapItem: { readonly Index: number; readonly Value: Json } | undefined;
}

interface Step {
  readonly output: Json;
  readonly next: string | null;
}

/** One execution of a machine, from its start to its end. */
export class Execution {
  readonly history = new History();
  readonly startDate: number;
  stopDate: number | undefined;
  status: Status = 'RUNNING';
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  private readonly cancellation = new Cancellation();
  private readonly executionContext: JsonObject;

  constructor(
    private readonly machine: Machine,
    readonly surroundings: Surroundings,
    readonly identity: Identity,
    readonly input: Json,
  ) {
    this.startDate = surroundings.scheduler.now();
    this.executionContext = {
      Execution: {
        Id: identity.arn,
        Input: input,
        Name: identity.name,
        RoleArn: identity.roleArn,
        StartTime: new Date(this.startDate).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: identity.stateMachineArn, Name: identity.stateMachineName },
    };
  }

  /** Runs to the end. Resolves however it ends. */
  async run(): Promise<void> {
    const { input } = this;
    this.record('ExecutionStarted', 0, { input, roleArn: this.identity.roleArn });
    const thread: Thread = {
      previous: 0,
      scope: new Scope(),
      cancellation: this.cancellation,
      mapItem: undefined,
    };
    const { timeoutSeconds } = this.machine;
    const { scheduler } = this.surroundings;
    const callOff =
      timeoutSeconds === undefined
        ? undefined
        : scheduler.at(this.startDate + timeoutSeconds * 1_000, () =>
            this.end('TIMED_OUT', { error: 'States.Timeout' }, thread.previous),
          );
    try {
      const output = await this.runMachine(this.machine, thread, input);
      this.end('SUCCEEDED', { output }, thread.previous);
    } catch (error) {
      if (error instanceof Cancelled) return;
      if (!(error instanceof StateError)) throw error;
      this.end('FAILED', { error: error.error, cause: error.reason }, thread.previous);
    } finally {
      callOff?.();
    }
  }

  stop(error: string | undefined, cause: string | undefined): void {
    this.end('ABORTED', { error, cause }, this.history.length);
  }

  private end(
    status: Exclude<Status, 'RUNNING'>,
    it: { output?: Json; error?: string | undefined; cause?: string | undefined },
    previous: number,
  ): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = this.surroundings.scheduler.now();
    this.output = it.output;
    this.error = it.error;
    this.cause = it.cause;
    const types = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' } as const;
    this.record(`Execution${types[status]}`, previous, { ...it });
    this.cancellation.cancel();
  }

  /** Adds an event. Answers its id. */
  record(type: string, previous: number, details?: Readonly<Record<string, unknown>>): number {
    return this.history.add(this.surroundings.scheduler.now(), type, previous, details);
  }

  /** Runs the states of a machine, a branch or an iteration. Throws `StateError` and `Cancelled`. */
  async runMachine(machine: Machine, thread: Thread, input: Json): Promise<Json> {
    const { scheduler, transitionLatencyMs } = this.surroundings;
    let name = machine.startAt;
    let value = input;
    for (;;) {
      const state = machine.states.get(name);
      if (state === undefined) throw new StateError('States.Runtime', `there is no state ${name}`);
      if (thread.cancellation.isCancelled) throw new Cancelled();
      if (transitionLatencyMs > 0)
        await thread.cancellation.waitUntil(scheduler, scheduler.now() + transitionLatencyMs);
      const step = this.runState(state, thread, value);
      const { output, next } = step instanceof Promise ? await step : step;
      if (next === null) return output;
      name = next;
      value = output;
    }
  }

  private runState(state: State, thread: Thread, input: Json): Maybe<Step> {
    if (this.history.length >= eventLimit - 1) {
      throw new StateError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${eventLimit}).`,
      );
    }
    const entered = this.record(`${state.type}StateEntered`, thread.previous, { input, name: state.name });
    thread.previous = entered;
    const visit = new Visit(this, state, thread, input, entered);
    switch (state.type) {
      case 'Pass':
      case 'Succeed':
        return visit.settle(() => state.queries.pass(visit.frame));
      case 'Choice':
        return visit.choose();
      case 'Wait':
        return visit.wait();
      case 'Fail':
        return visit.fail();
      case 'Task':
        return visit.handled(() => attemptTask(this, visit, state));
      case 'Parallel':
        return visit.handled(() => visit.parallel(state.branches));
      case 'Map':
        return visit.handled(() => visit.map(state.processor));
      default:
        return state satisfies never;
    }
  }

  contextFor(state: string, entered: number, retries: number, thread: Thread, token: string | undefined): JsonObject {
    return {
      ...this.executionContext,
      State: { Name: state, EnteredTime: new Date(entered).toISOString(), RetryCount: retries },
      ...(token === undefined ? {} : { Task: { Token: token } }),
      ...(thread.mapItem === undefined ? {} : { Map: { Item: thread.mapItem } }),
    };
  }
}

/** One visit of a state: from its entry to its exit, with all its attempts. */
export class Visit {
  readonly frame: Frame;
  /** The token of the present attempt. */
  token: string | undefined;
  private retries = 0;

  constructor(
    private readonly execution: Execution,
    private readonly state: State,
    readonly thread: Thread,
    readonly input: Json,
    private readonly entered: number,
  ) {
    const { random, uuid, scheduler } = execution.surroundings;
    const enteredAt = scheduler.now();
    this.frame = {
      input,
      scope: thread.scope,
      context: () => execution.contextFor(state.name, enteredAt, this.retries, thread, this.token),
      random,
      uuid,
    };
  }

  record(type: string, details?: Readonly<Record<string, unknown>>): void {
    this.thread.previous = this.execution.record(type, this.thread.previous, details);
  }

  /** Leaves the state with what its work came to. A state without error handling fails its machine. */
  settle(work: () => Maybe<Outcome>): Maybe<Step> {
    try {
      const outcome = work();
      if (!(outcome instanceof Promise)) return this.leave(outcome, this.state.next);
      return outcome.then(
        (it) => this.leave(it, this.state.next),
        (error: unknown) => {
          throw this.told(error);
        },
      );
    } catch (error) {
      throw this.told(error);
    }
  }

  async choose(): Promise<Step> {
    try {
      const chosen = await this.state.queries.choose(this.frame);
      if (chosen === null) throw new StateError('States.NoChoiceMatched', undefined);
      return this.leave(chosen, chosen.next);
    } catch (error) {
      throw this.told(error);
    }
  }

  async wait(): Promise<Step> {
    const { scheduler } = this.execution.surroundings;
    try {
      const due = await this.state.queries.waitUntil(this.frame, scheduler.now());
      await this.thread.cancellation.waitUntil(scheduler, due);
      return this.leave(await this.state.queries.pass(this.frame), this.state.next);
    } catch (error) {
      throw this.told(error);
    }
  }

  async fail(): Promise<Step> {
    let failure: { readonly error: string | undefined; readonly cause: string | undefined };
    try {
      failure = await this.state.queries.failure(this.frame);
    } catch (error) {
      throw this.told(error);
    }
    throw new Failed(failure.error, failure.cause);
  }

  /** Work that Retry and Catch stand around. */
  async handled(work: () => Promise<Json>): Promise<Step> {
    const { scheduler, random } = this.execution.surroundings;
    const tries = this.state.retriers.map(() => 0);
    for (;;) {
      try {
        const result = await work();
        if (sizeOf(result) > payloadLimit) throw this.tooLarge();
        return this.leave(await this.state.queries.succeed(this.frame, result), this.state.next);
      } catch (error) {
        const failure = this.told(error);
        if (!(failure instanceof StateError)) throw failure;
        if (isCatchable(failure)) {
          const index = this.state.retriers.findIndex(({ errorEquals }) => names(errorEquals, failure));
          const retrier = this.state.retriers[index];
          const tried = tries[index] ?? 0;
          if (retrier !== undefined && tried < retrier.maxAttempts) {
            tries[index] = tried + 1;
            this.retries++;
            await this.thread.cancellation.waitUntil(scheduler, scheduler.now() + delayMs(retrier, tried, random));
            continue;
          }
        }
        this.givenUp(failure);
        const caught = isCatchable(failure) ? await this.caught(failure) : null;
        if (caught === null) throw failure;
        return caught;
      }
    }
  }

  private async caught(failure: StateError): Promise<Step | null> {
    const index = this.state.catchers.findIndex(({ errorEquals }) => names(errorEquals, failure));
    const catcher = this.state.catchers[index];
    if (catcher === undefined) return null;
    try {
      const output = { Error: failure.error, Cause: failure.reason ?? '' };
      return this.leave(await this.state.queries.caught(this.frame, index, output), catcher.next);
    } catch (error) {
      throw this.told(error);
    }
  }

  /** A Parallel or a Map says that it failed only when it is not tried again. */
  private givenUp(failure: StateError): void {
    if (this.state.type !== 'Parallel' && this.state.type !== 'Map') return;
    if (failure.location !== undefined || failure.error === 'States.QueryEvaluationError') return;
    this.record(`${this.state.type}StateFailed`);
  }

  async parallel(branches: readonly Machine[]): Promise<Json> {
    const input = await this.state.queries.arguments(this.frame);
    this.record('ParallelStateStarted');
    const started = this.thread.previous;
    const output = await this.together(
      branches.map((branch) => () => ({ machine: branch, input, previous: started, mapItem: undefined })),
      branches.length,
      {},
    );
    this.record('ParallelStateSucceeded');
    return output;
  }

  async map(processor: Machine): Promise<Json> {
    const { queries, name } = this.state;
    const items = await queries.items(this.frame);
    const limit = await queries.maxConcurrency(this.frame);
    this.record('MapStateStarted', { length: items.length });
    const started = this.thread.previous;
    const inputs: Json[] = [];
    for (const [Index, Value] of items.entries()) {
      const { context } = this.frame;
      const frame = { ...this.frame, context: () => ({ ...context(), Map: { Item: { Index, Value } } }) };
      inputs.push(await queries.item(frame, Value, Index));
    }
    const output = await this.together(
      inputs.map((input, Index) => (previous) => ({
        machine: processor,
        input,
        previous: this.execution.record('MapIterationStarted', previous, { name, index: Index }),
        mapItem: { Index, Value: items[Index] ?? null },
      })),
      limit > 0 ? limit : items.length,
      {
        succeeded: (index, previous) => this.execution.record('MapIterationSucceeded', previous, { name, index }),
        failed: (index, previous) => this.execution.record('MapIterationFailed', previous, { name, index }),
        aborted: (index, previous) => this.execution.record('MapIterationAborted', previous, { name, index }),
      },
    );
    if (items.length === 0) this.thread.previous = started;
    const before = this.thread.previous;
    this.record('MapStateSucceeded');
    // As AWS records it: the exit follows what the success follows.
    this.thread.previous = before;
    return output;
  }

  /** Runs several machines at once, at most `limit` at a time. The first that fails ends the others. */
  private async together(
    lines: readonly ((previous: number) => {
      machine: Machine;
      input: Json;
      previous: number;
      mapItem: Thread['mapItem'];
    })[],
    limit: number,
    events: {
      succeeded?: (index: number, previous: number) => number;
      failed?: (index: number, previous: number) => number;
      aborted?: (index: number, previous: number) => number;
    },
  ): Promise<Json> {
    const cancellation = this.thread.cancellation.part();
    const outputs: Json[] = new Array(lines.length).fill(null);
    let failure: unknown;
    let ends = this.thread.previous;
    let following = this.thread.previous;
    let next = 0;
    const lane = async () => {
      while (failure === undefined && next < lines.length) {
        const index = next++;
        const line = lines[index]?.(following);
        if (line === undefined) return;
        const thread: Thread = {
          previous: line.previous,
          scope: new Scope(this.thread.scope),
          cancellation,
          mapItem: line.mapItem ?? this.thread.mapItem,
        };
        try {
          outputs[index] = await this.execution.runMachine(line.machine, thread, line.input);
          following = thread.previous;
          ends = events.succeeded?.(index, thread.previous) ?? thread.previous;
        } catch (error) {
          if (failure !== undefined || this.thread.cancellation.isCancelled) {
            if (events.aborted !== undefined && !this.thread.cancellation.isCancelled)
              events.aborted(index, thread.previous);
            return;
          }
          failure = error;
          ends = thread.previous;
          events.failed?.(index, thread.previous);
          cancellation.cancel();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(limit, lines.length) }, lane));
    if (this.thread.cancellation.isCancelled) throw new Cancelled();
    this.thread.previous = ends;
    if (failure !== undefined) throw failure;
    return outputs;
  }

  private leave({ output, assign }: Outcome, next: string | null): Step {
    if (sizeOf(output) > payloadLimit) throw this.tooLarge();
    if (assign !== undefined) this.thread.scope.assign(assign);
    const assigned = assign === undefined || Object.keys(assign).length === 0 ? undefined : assign;
    this.record(`${this.state.type}StateExited`, {
      name: this.state.name,
      output,
      ...(assigned === undefined
        ? {}
        : {
            assignedVariables: Object.fromEntries(
              Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]),
            ),
            assignedVariablesDetails: { truncated: false },
          }),
    });
    return { output, next };
  }

  private tooLarge(): StateError {
    return new StateError(
      'States.DataLimitExceeded',
      `The state/task '${this.state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }

  /** An error in the words of AWS; a fault of an expression gets an event of its own. */
  private told(error: unknown): unknown {
    if (error instanceof EvaluationError) {
      const cause = `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.entered}). ${error.message}`;
      const location = error.located ? error.field : undefined;
      this.record('EvaluationFailed', {
        error: 'States.QueryEvaluationError',
        cause,
        location,
        state: this.state.name,
      });
      return new StateError('States.QueryEvaluationError', cause, error.field);
    }
    return error;
  }
}

/** A Fail state's error may have no name at all. */
class Failed extends StateError {
  constructor(error: string | undefined, cause: string | undefined) {
    super(error as string, cause);
  }
}

function delayMs(retrier: Retrier, tried: number, random: () => number): number {
  const seconds = Math.min(retrier.intervalSeconds * retrier.backoffRate ** tried, retrier.maxDelaySeconds);
  return (retrier.fullJitter ? random() * seconds : seconds) * 1_000;
}
