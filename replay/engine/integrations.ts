import type { Json } from './json';
import type { Resource } from './resource';

/** A call that a Task makes. */
export interface TaskCall {
  readonly resource: Resource;
  readonly state: string;
  /** Arguments of an integration, or the payload of a function. */
  readonly arguments: Json;
  /** Ends this task, where its pattern is `task-token` or `sync`. */
  readonly taskToken: string | undefined;
  readonly executionArn: string;
}

/** What an integration answers. */
export type TaskAnswer =
  | { readonly output: Json }
  /** It has been handed over: the state ends when `done` does, or by its token. What has not ended then is abandoned. */
  | { readonly submitted?: Json; readonly done?: Promise<Json>; readonly abandon?: () => void };

/** Where a machine's tasks go. Failures are thrown as `StateError`. */
export interface Integrations {
  perform(call: TaskCall): Promise<TaskAnswer>;
}
