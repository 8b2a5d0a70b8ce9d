import { Cancellation } from './cancellation';
import { Cancelled, StateError } from './errors';
import { History } from './history';
import type { Integrations } from './integrations';
import type { Json, JsonObject } from './json';
import { eventLimit } from './limits';
import type { Machine, State } from './machine';
import type { Scheduler } from './scheduler';
import { Scope } from './scope';
import type { TaskTokens } from './task-tokens';
import { visit } from './visit';

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
  /** The state that it is in. */
  state: State | undefined;
  readonly scope: Scope;
  readonly cancellation: Cancellation;
  readonly mapItem: { readonly Index: number; readonly Value: Json } | undefined;
}

interface Ending {
  readonly output?: Json;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
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

  constructor(
    private readonly machine: Machine,
    readonly surroundings: Surroundings,
    readonly identity: Identity,
    readonly input: Json,
  ) {
    this.startDate = surroundings.scheduler.now();
  }

  /** Runs to the end. Resolves however it ends; rejects only by a fault that no machine could have caused. */
  async run(): Promise<void> {
    const { input } = this;
    this.record('ExecutionStarted', 0, { input, roleArn: this.identity.roleArn });
    const thread: Thread = {
      previous: 0,
      state: undefined,
      scope: new Scope(),
      cancellation: this.cancellation,
      mapItem: undefined,
    };
    const { timeoutSeconds } = this.machine;
    const callOff =
      timeoutSeconds === undefined
        ? undefined
        : this.surroundings.scheduler.at(this.startDate + timeoutSeconds * 1_000, () => this.timeOut());
    try {
      const output = await this.runMachine(this.machine, thread, input);
      this.end('SUCCEEDED', thread.previous, { output });
    } catch (error) {
      if (error instanceof Cancelled) return;
      if (!(error instanceof StateError)) throw error;
      this.end('FAILED', thread.previous, { error: error.error, cause: error.reason });
    } finally {
      callOff?.();
    }
  }

  /** Ends it from outside: its last event follows no other. */
  stop(error: string | undefined, cause: string | undefined): void {
    this.end('ABORTED', 0, { error, cause });
  }

  /** That a machine ran out of time is told by its last event, and nowhere else. */
  private timeOut(): void {
    this.end('TIMED_OUT', 0, {}, { error: 'States.Timeout' });
  }

  private end(status: Exclude<Status, 'RUNNING'>, previous: number, ending: Ending, told: Ending = ending): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = this.surroundings.scheduler.now();
    this.output = ending.output;
    this.error = ending.error;
    this.cause = ending.cause;
    const types = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' } as const;
    this.history.add(this.stopDate, `Execution${types[status]}`, previous, { ...told });
    this.cancellation.cancel();
  }

  /** Adds an event. Answers its id. The last that a history can hold is the one that ends the execution. */
  record(type: string, previous: number, details?: Readonly<Record<string, unknown>>): number {
    if (this.history.length >= eventLimit - 1) {
      throw new StateError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${eventLimit}).`,
      );
    }
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
      thread.state = state;
      const step = visit(this, state, thread, value);
      // Most states have nothing to wait for: then this goes on without a turn of the event loop.
      const { output, next } = step instanceof Promise ? await step : step;
      if (next === null) return output;
      name = next;
      value = output;
    }
  }

  contextFor(
    state: string,
    entered: number,
    retries: number | undefined,
    thread: Thread,
    token: string | undefined,
  ): JsonObject {
    const { identity } = this;
    return {
      Execution: {
        Id: identity.arn,
        Input: this.input,
        StartTime: new Date(this.startDate).toISOString(),
        Name: identity.name,
        RoleArn: identity.roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: identity.stateMachineArn, Name: identity.stateMachineName },
      State: {
        Name: state,
        EnteredTime: new Date(entered).toISOString(),
        ...(retries === undefined ? {} : { RetryCount: retries }),
      },
      ...(token === undefined ? {} : { Task: { Token: token } }),
      ...(thread.mapItem === undefined ? {} : { Map: { Item: thread.mapItem } }),
    };
  }
}
