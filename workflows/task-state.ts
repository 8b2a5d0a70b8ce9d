import { Duration } from 'aws-cdk-lib';
import {
  IntegrationPattern,
  JitterType,
  QueryLanguage,
  TaskInput,
  type TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, type LambdaInvokeJsonataProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { type Contract, transientRetry } from '../tasks/contract';
import type { FunctionFor } from './category';

interface TaskStateProps {
  readonly contract: Contract;
  /** The contract's input; JSONata between `{%` and `%}`. The task token is added where the contract waits for one. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Variables set from the output, which is `$states.result.Payload`; of a task that waits, `$states.result`. */
  readonly assign?: Readonly<Record<string, unknown>>;
  /** JSONata for the seconds that a human has. Only for a contract that waits for a decision, and there required. */
  readonly waitSeconds?: string;
}

/**
 * The state of a task: retried while AWS is busy, given up a little after its function would be. Its Catch is left to
 * the phase that it stands in.
 */
export function taskState(
  scope: Construct,
  name: string,
  functions: FunctionFor,
  props: TaskStateProps,
): TaskStateBase {
  const { contract, assign, waitSeconds } = props;
  const payload = contract.waitsForDecision
    ? { ...props.arguments, taskToken: '{% $states.context.Task.Token %}' }
    : props.arguments;
  const common = {
    stateName: name,
    comment: contract.description,
    lambdaFunction: functions(contract),
    payload: TaskInput.fromObject({ ...payload }),
    retryOnServiceExceptions: false,
    ...(assign === undefined ? {} : { assign: { ...assign } }),
  } satisfies LambdaInvokeJsonataProps;

  const state =
    waitSeconds === undefined
      ? LambdaInvoke.jsonata(scope, name, {
          ...common,
          outputs: '{% $states.result.Payload %}',
          // The function's own limit comes first; this one ends an invocation that was lost.
          taskTimeout: Timeout.duration(Duration.seconds(contract.timeoutSeconds + 10)),
        })
      : new WaitForDecision(scope, name, { ...common, waitSeconds });
  state.addRetry({
    errors: [...transientRetry.errors],
    interval: Duration.seconds(transientRetry.intervalSeconds),
    maxAttempts: transientRetry.maxAttempts,
    backoffRate: transientRetry.backoffRate,
    maxDelay: Duration.seconds(transientRetry.maxDelaySeconds),
    jitterStrategy: JitterType.FULL,
  });
  return state;
}

/**
 * A state that waits for its task token. The CDK writes a time limit that is an expression as `TimeoutSecondsPath`, which
 * Step Functions refuses in a JSONata state: here it becomes what is meant.
 */
class WaitForDecision extends LambdaInvoke {
  constructor(
    scope: Construct,
    name: string,
    private readonly limit: LambdaInvokeJsonataProps & { readonly waitSeconds: string },
  ) {
    const { waitSeconds: _waitSeconds, ...props } = limit;
    super(scope, name, {
      ...props,
      queryLanguage: QueryLanguage.JSONATA,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    });
  }

  override toStateJson(queryLanguage?: QueryLanguage): object {
    return { ...super.toStateJson(queryLanguage), TimeoutSeconds: this.limit.waitSeconds };
  }
}
