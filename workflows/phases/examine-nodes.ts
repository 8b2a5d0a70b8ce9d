import { Duration } from 'aws-cdk-lib';
import {
  type Chain,
  Choice,
  Condition,
  Errors,
  type IChainable,
  type IStateMachine,
  JitterType,
  Map as MapState,
  Pass,
  ProvideItems,
  TaskInput,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { nodeForensicsDetailType, nodeForensicsSource } from '../../runbooks/node-forensics';
import { followNodes } from '../../tasks/follow-nodes/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { mayJudgeAgain } from './decide';
import { otherwise, phase } from './phase';
import { caughtFailure } from './report-failure';

/** A day: two questions with more time, two hours for snapshots, and the time between. */
const looks = 1_440;
const secondsBetweenLooks = 60;

/**
 * Starts `node-forensics` on every node that the decision names, one execution each, and waits for none of them: what is
 * started for one node keeps no other waiting, nor the containment of whoever is behind it. The same request has the same
 * execution's name, so that a node is not begun twice.
 */
export function examineNodesPhase(scope: Construct, machine: IStateMachine): Chain {
  const start = StepFunctionsStartExecution.jsonata(scope, 'Preserve and isolate the node', {
    stateMachine: machine,
    name: '{% $states.input.execution %}',
    input: TaskInput.fromObject({
      version: '0',
      id: '{% $states.input.execution %}',
      source: nodeForensicsSource,
      'detail-type': nodeForensicsDetailType,
      account: "{% $split($states.context.Execution.Id, ':')[4] %}",
      region: "{% $split($states.context.Execution.Id, ':')[3] %}",
      time: '{% $states.context.State.EnteredTime %}',
      resources: [],
      detail: '{% $states.input.request %}',
    }),
    outputs: {},
  });
  const alreadyStarted = 'StepFunctions.ExecutionAlreadyExistsException';
  start.addRetry({ errors: [alreadyStarted], maxAttempts: 0 });
  start.addRetry({
    errors: [Errors.ALL],
    interval: Duration.seconds(1),
    maxAttempts: 5,
    maxDelay: Duration.seconds(10),
    jitterStrategy: JitterType.FULL,
  });
  start.addCatch(Pass.jsonata(scope, 'It is being worked on already', { outputs: {} }), { errors: [alreadyStarted] });
  // Whoever follows the nodes finds none for it, and calls a human.
  start.addCatch(Pass.jsonata(scope, 'It could not be started', { outputs: {} }));

  const each = MapState.jsonata(scope, 'Preserve and isolate each node', {
    items: ProvideItems.jsonata('{% $nodes %}'),
    maxConcurrency: 10,
    outputs: {},
  });
  const any = Choice.jsonata(scope, 'Are nodes in doubt?').when(
    Condition.jsonata('{% $count($nodes) > 0 %}'),
    each.itemProcessor(start),
  );
  return phase(any, otherwise(any), each);
}

/**
 * Waits until the nodes have been seen to, for what comes after may destroy what is still being preserved. What joins
 * meanwhile is judged.
 */
export function followNodesPhase(
  scope: Construct,
  functions: FunctionFor,
  judgeAgain: IChainable,
  failure: IChainable,
): Chain {
  const look = taskState(scope, 'Look how far the nodes have come', functions, {
    contract: followNodes,
    arguments: {
      incidentId: '{% $incidentId %}',
      executions: '{% [$nodes.execution] %}',
      mayJudgeAgain: `{% ${mayJudgeAgain.beforeProposing} %}`,
      looks: '{% $nodeLooks %}',
      last: `{% $nodeLooks >= ${looks - 1} %}`,
    },
    assign: { nodeLooks: '{% $nodeLooks + 1 %}' },
  });
  look.addCatch(failure, { assign: caughtFailure });
  const wait = Wait.jsonata(scope, 'Give the nodes time', {
    time: WaitTime.duration(Duration.seconds(secondsBetweenLooks)),
  });
  const ready = Choice.jsonata(scope, 'Have the nodes been seen to?')
    .when(Condition.jsonata("{% $states.input.state = 'pending' %}"), wait)
    .when(Condition.jsonata("{% $states.input.state = 'outdated' %}"), judgeAgain);
  look.next(ready);
  wait.next(look);
  const any = Choice.jsonata(scope, 'Are nodes being seen to?').when(
    Condition.jsonata('{% $count($nodes) > 0 %}'),
    look,
  );
  return phase(any, otherwise(any), otherwise(ready));
}
