import type { Json, JsonObject, Maybe } from './json';
import type { Scope } from './scope';

/** What an expression can see when it is evaluated. */
export interface Frame {
  /** The state's input as it came. */
  readonly input: Json;
  readonly scope: Scope;
  /** The context object; made when an expression asks for it. */
  context(): JsonObject;
  /** Milliseconds since the epoch. */
  now(): number;
  random(): number;
  uuid(): string;
}

export interface Outcome {
  readonly output: Json;
  readonly assign: JsonObject | undefined;
}

export interface ErrorOutput {
  readonly Error: string | null;
  readonly Cause: string | null;
  readonly [key: string]: Json;
}

/**
 * A state's fields in its query language. There are two, and states know neither. They throw `EvaluationError` or
 * `StateFault`, each where its language has it.
 */
export interface Queries {
  /** What a Task's integration, or a Parallel's branches, are given. */
  arguments(frame: Frame): Maybe<Json>;
  /** What the state answers and sets when its work had a result. */
  succeed(frame: Frame, result: Json): Maybe<Outcome>;
  /** What a state answers and sets that has no work: Pass, Wait, Succeed. */
  pass(frame: Frame): Maybe<Outcome>;
  /** The next state by the first rule that holds. */
  choose(frame: Frame): Maybe<(Outcome & { readonly next: string }) | null>;
  caught(frame: Frame, catcher: number, error: ErrorOutput): Maybe<Outcome>;
  /** Seconds of a time limit or heartbeat; undefined where there is none. */
  seconds(frame: Frame, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): Maybe<number | undefined>;
  /** When a Wait is over, in milliseconds since the epoch. */
  waitUntil(frame: Frame, now: number): Maybe<number>;
  items(frame: Frame): Maybe<readonly Json[]>;
  /** What one iteration is given. The frame's context object names the item. */
  item(frame: Frame, value: Json): Maybe<Json>;
  /** 0 where there is no limit. */
  maxConcurrency(frame: Frame): Maybe<number>;
  failure(frame: Frame): Maybe<{ readonly error: string | undefined; readonly cause: string | undefined }>;
  /** A task's credentials, where it has any. */
  credentials(frame: Frame): Maybe<Json | undefined>;
}
