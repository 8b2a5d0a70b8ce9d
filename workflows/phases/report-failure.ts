import { type Chain, Fail } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { reportFailure } from '../../tasks/report-failure/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';

/** What a Catch sets before it comes here. */
export const caughtFailure = {
  failure: { error: '{% $states.errorOutput.Error %}', cause: '{% $states.errorOutput.Cause %}' },
} as const;

/**
 * Where every failure ends: the incident is closed as failed, with what there is, and a human is called. Where that fails
 * too the execution fails, which the rule on failed executions answers with the same task.
 */
export function failurePhase(scope: Construct, functions: FunctionFor): Chain {
  return taskState(scope, 'Report the failure', functions, {
    contract: reportFailure,
    arguments: {
      incidentId: '{% $incidentId %}',
      executionArn: '{% $states.context.Execution.Id %}',
      error: '{% $failure.error %}',
      cause: '{% $failure.cause %}',
      input: '{% $states.context.Execution.Input %}',
    },
  }).next(
    Fail.jsonata(scope, 'A human has taken over', {
      error: '{% $failure.error %}',
      cause: '{% $failure.cause %}',
    }),
  );
}
