import type { Task } from './define-task';
import type { Deps } from './deps';
import { runtimeDeps } from './runtime';

export { defineQuestion, defineTask, type Task } from './define-task';

/** The task as a Lambda function. What it works with is made at the first call and kept for the next ones. */
export function lambdaFunction(task: Task): (input: unknown) => Promise<unknown> {
  let deps: Deps | undefined;
  return (input) => {
    deps ??= runtimeDeps(process.env);
    return task.run(input, deps);
  };
}
