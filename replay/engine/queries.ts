import type { Json, JsonObject, Maybe } from './json';
import type { Scope } from './scope';

/** What an expression can see when it is evaluated. */
export interface Frame {
  /** The state's input as it came. */
  readonly input: Json;
  readonly scope: Scope;
  /** The context object; made when an expression asks for it. */
  readonly context: () => JsonObject;
  readonly random: () => number;
  readonly uuid: () => string;
}

export interface Outcome {
  readonly output: Json;
  readonly assign: JsonObject | undefined;
}

export interface ErrorOutput {
  readonly Error: string;
  readonly Cause: string;
  readonly [key: string]: Json;
}

/**
 * A state's fields in its query language. There are two, and states know neither. All of them throw `EvaluationError`,
 * or a `StateError` where the language has its own.
 */
export interface Queries {
  /** The input as the state sees it. */
  effectiveInput(frame: Frame): Json;
  /** What a Task's integration, or a Parallel's branches, are given. */
  arguments(frame: Frame): Maybe<Json>;
  /** What the state answers and sets when its work had a result. */
  succeed(frame: Frame, result: Json): Maybe<Outcome>;
  /** A Pass without a result of its own passes its input on. */
  pass(frame: Frame): Maybe<Outcome>;
  /** The next state by the first rule that holds. */
  choose(frame: Frame): Maybe<(Outcome & { readonly next: string }) | null>;
  caught(frame: Frame, catcher: number, error: ErrorOutput): Maybe<Outcome>;
  /** Seconds of a time limit or heartbeat; undefined where there is none. */
  seconds(frame: Frame, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): Maybe<number | undefined>;
  /** When a Wait is over, in milliseconds since the epoch. */
  waitUntil(frame: Frame, now: number): Maybe<number>;
  items(frame: Frame): Maybe<readonly Json[]>;
  /** What one iteration is given. */
  item(frame: Frame, value: Json, index: number): Maybe<Json>;
  maxConcurrency(frame: Frame): Maybe<number>;
  failure(frame: Frame): Maybe<{ readonly error: string | undefined; readonly cause: string | undefined }>;
  /** A task's credentials, where it has any. */
  credentials(frame: Frame): Maybe<Json | undefined>;
}
