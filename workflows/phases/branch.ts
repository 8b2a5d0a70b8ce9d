import { Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/**
 * Where a branch of a Parallel ends when one of its tasks fails: with the failure for its output, so that its sisters go on.
 * A branch has variables of its own, whose names must not be those of the states around it.
 */
export const caughtInBranch = {
  branchFailure: { error: '{% $states.errorOutput.Error %}', cause: '{% $states.errorOutput.Cause %}' },
} as const;

/** Set where a branch begins that goes on after a failure. */
export const nothingFailed = { branchFailure: null } as const;

export function endOfBranch(scope: Construct, name: string): Pass {
  return Pass.jsonata(scope, name, { outputs: { failure: '{% $branchFailure %}' } });
}

/** The first failure among a Parallel's branches or a Map's items, or null: JSONata over the result. Those that went well have none, or null. */
export const firstFailure = '{% [$states.result.failure[$ != null], null][0] %}';
