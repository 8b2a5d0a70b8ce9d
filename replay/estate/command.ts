import type { Scheduler } from '../engine/scheduler';
import type { EstateDescription, Identity } from './description';
import type { State } from './state';

/** What a command works with. */
export interface Account {
  readonly description: EstateDescription;
  readonly state: State;
  readonly scheduler: Scheduler;
  /** A new identifier such as `sgr-0123456789abcdef0`. */
  readonly newId: (prefix: string) => string;
  /** EventBridge is told of something that is no call. */
  readonly notify: (notification: Notification) => void;
  /** A service makes a call of its own, which CloudTrail records like anybody's. Throws `AwsError`. */
  readonly perform: (caller: Identity, service: string, action: string, input: Input) => Output;
}

/** An event of AWS's own making, such as an instance's change of state. */
export interface Notification {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The SDK's input of a command; its shape is the command's own. */
export type Input = Readonly<Record<string, unknown>>;
export type Output = Readonly<Record<string, unknown>>;

/** What CloudTrail writes down of a call that changes something. */
export interface Trace {
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  /** What LookupEvents finds it by. */
  readonly resources: readonly { readonly type: string; readonly name: string }[];
}

/** One API call, as AWS does it. Throws `AwsError`. */
export interface Command {
  run(account: Account, input: Input, caller: Identity): Output;
  /** Only of calls that change something: CloudTrail's record of them, of failed ones without an output. */
  trace?(input: Input, output: Output | null, account: Account): Trace;
}

export type Commands = Readonly<Record<string, Command>>;

export function text(input: Input, name: string): string {
  const value = input[name];
  return typeof value === 'string' ? value : '';
}

export function list<T = unknown>(input: Input, name: string): readonly T[] {
  const value = input[name];
  return Array.isArray(value) ? (value as T[]) : [];
}
