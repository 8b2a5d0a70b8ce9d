import {
  IntegrationPattern,
  type IStateMachine,
  Map as MapState,
  Pass,
  ProvideItems,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { nodeForensicsDetailType, nodeForensicsSource } from '../../runbooks/node-forensics';

/**
 * Starts `node-forensics` on every node that an incident names, one execution each, beside each other, and waits for them.
 * A node whose machine fails has called a human itself, and keeps no other waiting.
 *
 * @param machine the machine of `node-forensics`
 * @param requests JSONata for the requests, as `nodeForensicsRequest` has them; an empty array is no work
 */
export function nodeForensicsPhase(scope: Construct, machine: IStateMachine, requests: string): MapState {
  const start = StepFunctionsStartExecution.jsonata(scope, 'Preserve and isolate the node', {
    stateMachine: machine,
    integrationPattern: IntegrationPattern.RUN_JOB,
    // The same node for the same execution is the same request, however often it is made.
    name: "{% $substring($states.context.Execution.Name, 0, 55) & '-' & $states.input.node %}",
    input: TaskInput.fromObject({
      version: '0',
      id: "{% $states.context.Execution.Name & '-' & $states.input.node %}",
      source: nodeForensicsSource,
      'detail-type': nodeForensicsDetailType,
      account: "{% $split($states.context.Execution.Id, ':')[4] %}",
      region: "{% $split($states.context.Execution.Id, ':')[3] %}",
      time: '{% $states.context.State.EnteredTime %}',
      resources: [],
      detail: '{% $states.input %}',
    }),
    outputs: "{% { 'node': $states.input.node, 'status': $states.result.Status } %}",
  });
  start.addCatch(Pass.jsonata(scope, 'The node’s machine has called a human', { outputs: { status: 'FAILED' } }));
  const each = MapState.jsonata(scope, 'Preserve and isolate each node', {
    items: ProvideItems.jsonata(`{% ${requests} %}`),
    maxConcurrency: 10,
  });
  return each.itemProcessor(start);
}
