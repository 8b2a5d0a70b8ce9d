import { runTogether } from './branches';
import { EvaluationError, isCatchable, names, StateError, StateFault } from './errors';
import type { Execution, Thread } from './execution';
import { type Json, type JsonObject, type Maybe, sizeOf, then } from './json';
import { iterationLimit, payloadLimit, tooLarge } from './limits';
import type { Machine, Retrier, State } from './machine';
import type { Frame, Outcome } from './queries';
import type { Scope } from './scope';
import { attemptTask } from './task';

/** What a state came to: the value that it passes on, and the state that takes it; null where it was the last. */
export interface Step {
  readonly output: Json;
  readonly next: string | null;
}

/** A delay is held in 32 bits of seconds. */
const longestWaitMs = (2 ** 31 - 1) * 1_000;

/** Enters a state, does its work, and leaves it. Throws `StateError` and `Cancelled`. */
export function visit(execution: Execution, state: State, thread: Thread, input: Json): Maybe<Step> {
  return new Visit(execution, state, thread, input).work();
}

/** One visit of a state: from its entry to its exit, with all its attempts. It is what the state's expressions see. */
export class Visit implements Frame {
  /** The token of the present attempt. */
  token: string | undefined;
  private retries: number | undefined;
  private readonly enteredAt: number;
  private readonly entered: number;
  private readonly before: number;

  constructor(
    readonly execution: Execution,
    private readonly state: State,
    readonly thread: Thread,
    readonly input: Json,
  ) {
    this.enteredAt = execution.surroundings.scheduler.now();
    this.before = thread.previous;
    this.entered = execution.record(state.entered, this.before, { input, name: state.name });
    thread.previous = this.entered;
  }

  get scope(): Scope {
    return this.thread.scope;
  }

  context(): JsonObject {
    return this.execution.contextFor(this.state.name, this.enteredAt, this.retries, this.thread, this.token);
  }

  now(): number {
    return this.execution.surroundings.scheduler.now();
  }

  random(): number {
    return this.execution.surroundings.random();
  }

  uuid(): string {
    return this.execution.surroundings.uuid();
  }

  work(): Maybe<Step> {
    const { state } = this;
    switch (state.type) {
      case 'Pass':
      case 'Succeed':
        return this.settle(() => then(state.queries.pass(this), (it) => this.leave(it, state.next)));
      case 'Choice':
        return this.settle(() => then(state.queries.choose(this), (it) => this.turn(it)));
      case 'Wait':
        return this.settle(() => then(state.queries.waitUntil(this, this.now()), (due) => this.wait(due)));
      case 'Fail':
        return this.settle(() =>
          then(state.queries.failure(this), ({ error, cause }) => {
            throw new StateError(error, cause);
          }),
        );
      case 'Task':
        return this.handled(() => attemptTask(this, state));
      case 'Parallel':
        return this.handled(() => this.parallel(state.branches));
      case 'Map':
        return this.handled(() => this.map(state.processor));
      default:
        return state satisfies never;
    }
  }

  record(type: string, details?: Readonly<Record<string, unknown>>): number {
    this.thread.previous = this.execution.record(type, this.thread.previous, details);
    return this.thread.previous;
  }

  /** Work that no Retry and no Catch stands around: its error fails the machine. */
  private settle(work: () => Maybe<Step>): Maybe<Step> {
    try {
      const step = work();
      if (!(step instanceof Promise)) return step;
      return step.catch((error: unknown) => {
        throw this.told(error);
      });
    } catch (error) {
      throw this.told(error);
    }
  }

  private turn(chosen: (Outcome & { readonly next: string }) | null): Step {
    if (chosen !== null) return this.leave(chosen, chosen.next);
    throw new StateFault(
      'States.Runtime',
      'Failed to transition out of the state. The state does not point to a next state.',
    );
  }

  private async wait(due: number): Promise<Step> {
    if (due - this.now() > longestWaitMs) throw new StateFault('States.Runtime', 'Wait state delay is too long.');
    await this.thread.cancellation.waitUntil(this.execution.surroundings.scheduler, due);
    return this.leave(await this.state.queries.pass(this), this.state.next);
  }

  /** Work that Retry and Catch stand around. */
  private async handled(work: () => Promise<Json>): Promise<Step> {
    const { scheduler, random } = this.execution.surroundings;
    const tries = this.state.retriers.map(() => 0);
    this.retries = 0;
    for (;;) {
      try {
        const result = await work();
        if (sizeOf(result) > payloadLimit) throw tooLarge(this.state.name);
        const { previous } = this.thread;
        const outcome = await this.state.queries.succeed(this, result);
        this.passBy(previous);
        return this.leave(outcome, this.state.next);
      } catch (error) {
        const failure = this.told(error);
        if (!(failure instanceof StateError)) throw failure;
        const index = isCatchable(failure)
          ? this.state.retriers.findIndex(({ errorEquals }) => names(errorEquals, failure))
          : -1;
        const retrier = this.state.retriers[index];
        const tried = tries[index] ?? 0;
        if (retrier === undefined || tried >= retrier.maxAttempts) return this.caught(failure);
        tries[index] = tried + 1;
        this.retries++;
        await this.thread.cancellation.waitUntil(scheduler, scheduler.now() + delayMs(retrier, tried, random));
      }
    }
  }

  /** That all branches or iterations succeeded is told beside the line of events, which goes on from their last. */
  private passBy(previous: number): void {
    if (this.state.type === 'Parallel' || this.state.type === 'Map') {
      this.thread.previous = this.execution.history.previousOf(previous);
    }
  }

  private async caught(failure: StateError): Promise<Step> {
    const { previous } = this.thread;
    this.givenUp(failure);
    const index = isCatchable(failure)
      ? this.state.catchers.findIndex(({ errorEquals }) => names(errorEquals, failure))
      : -1;
    const catcher = this.state.catchers[index];
    if (catcher === undefined) throw failure;
    // Where an error has a name but no cause the cause is empty; a failure without a name has neither.
    const cause = failure.reason ?? (failure.error === undefined ? null : '');
    try {
      const outcome = await this.state.queries.caught(this, index, { Error: failure.error ?? null, Cause: cause });
      return this.leave(outcome, catcher.next);
    } catch (error) {
      // The handler's own error follows what stood before the state was given up, and gives it up again.
      if (error instanceof EvaluationError) this.thread.previous = previous;
      const second = this.told(error);
      if (second instanceof StateError) this.givenUp(second);
      throw second;
    }
  }

  /** A Parallel or a Map says that it failed only when it is not tried again. */
  private givenUp(failure: StateError): void {
    const { type } = this.state;
    if ((type === 'Parallel' || type === 'Map') && isCatchable(failure)) this.record(`${type}StateFailed`);
  }

  private async parallel(branches: readonly Machine[]): Promise<Json> {
    const input = await this.state.queries.arguments(this);
    const started = this.record('ParallelStateStarted');
    const output = await runTogether(this, {
      count: branches.length,
      limit: branches.length,
      line: (index) => ({ machine: branches[index] as Machine, input, previous: started, mapItem: undefined }),
    });
    this.record('ParallelStateSucceeded');
    return output;
  }

  private async map(processor: Machine): Promise<Json> {
    const { queries, name } = this.state;
    const limit = await queries.maxConcurrency(this);
    const items = await queries.items(this);
    const inputs: Json[] = [];
    for (const [Index, Value] of items.entries()) {
      inputs.push(await queries.item(this.overItem({ Map: { Item: { Index, Value } } }), Value));
    }
    this.record('MapStateStarted', { length: items.length });
    const told = (type: string) => (index: number, previous: number) =>
      this.execution.record(`MapIteration${type}`, previous, { name, index });
    const started = told('Started');
    const output = await runTogether(this, {
      count: items.length,
      limit: limit > 0 ? Math.min(limit, iterationLimit) : iterationLimit,
      line: (Index, previous) => ({
        machine: processor,
        input: inputs[Index] ?? null,
        previous: started(Index, previous),
        mapItem: { Index, Value: items[Index] ?? null },
      }),
      succeeded: told('Succeeded'),
      failed: told('Failed'),
      aborted: told('Aborted'),
    });
    this.record('MapStateSucceeded');
    return output;
  }

  /** What an iteration's input sees: all that the state sees, and the item. */
  private overItem(item: JsonObject): Frame {
    return {
      input: this.input,
      scope: this.scope,
      context: () => ({ ...this.context(), ...item }),
      now: () => this.now(),
      random: () => this.random(),
      uuid: () => this.uuid(),
    };
  }

  private leave({ output, assign }: Outcome, next: string | null): Step {
    if (sizeOf(output) > payloadLimit) throw tooLarge(this.state.name);
    const { name, exited } = this.state;
    const assigns = assign !== undefined && Object.keys(assign).length > 0;
    if (assigns) this.scope.assign(assign);
    this.record(exited, assigns ? { name, output, assignedVariables: assign } : { name, output });
    return { output, next };
  }

  /** An error in the words of AWS. A fault of a JSONata expression gets an event of its own. */
  private told(error: unknown): unknown {
    if (!(error instanceof EvaluationError || error instanceof StateFault)) return error;
    const cause = `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.entered}). ${error.message}`;
    if (error instanceof StateFault) return new StateError(error.error, cause);
    // As AWS records it: what fails before the state did anything follows what came before the state. A Wait has its own way.
    if (this.thread.previous === this.entered && this.state.type !== 'Wait') this.thread.previous = this.before;
    this.record('EvaluationFailed', {
      error: 'States.QueryEvaluationError',
      cause,
      location: error.located ? error.field : undefined,
      state: this.state.name,
    });
    return new StateError('States.QueryEvaluationError', cause);
  }
}

function delayMs(retrier: Retrier, tried: number, random: () => number): number {
  const seconds = Math.min(retrier.intervalSeconds * retrier.backoffRate ** tried, retrier.maxDelaySeconds);
  return (retrier.fullJitter ? random() * seconds : seconds) * 1_000;
}
