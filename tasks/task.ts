import type { Task } from './define-task';
import type { Deps } from './deps';
import { noClusters } from './kubernetes/kubernetes';
import { runtimeDeps } from './runtime';

export { defineQuestion, defineTask, type Task } from './define-task';

/** The task as a Lambda function. What it works with is made at the first call and kept for the next ones. */
export function lambdaFunction(task: Task): (input: unknown) => Promise<unknown> {
  let deps: Deps | undefined;
  return (input) => {
    deps ??= depsOf(task);
    return task.run(input, deps);
  };
}

function depsOf({ contract }: Task): Deps {
  const deps = runtimeDeps(process.env);
  return contract.speaksToClusters === true ? deps : { ...deps, kubernetes: noClusters };
}
