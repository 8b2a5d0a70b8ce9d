import {
  type Chain,
  Choice,
  Condition,
  type INextable,
  type State,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { triage } from '../../tasks/triage/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { notHeldYet } from './answer';
import { phase } from './phase';
import { caughtFailure } from './report-failure';

/** Before an incident is judged, and before it is judged again, what is under way may come to its end. */
export function settleState(scope: Construct): Wait {
  return Wait.jsonata(scope, 'Let the burst settle', { time: WaitTime.seconds('{% $settleSeconds %}') });
}

/**
 * What does the event touch, and whose incident is it? Out of scope, seen before or part of an open incident: the
 * execution ends here, three states long. Otherwise it owns the incident and goes on to `opened`.
 */
export function triagePhase(
  scope: Construct,
  functions: FunctionFor,
  category: string,
  opened: State & INextable,
  failure: Chain,
): Chain {
  const read = taskState(scope, 'Triage the event', functions, {
    contract: triage,
    arguments: {
      category,
      event: '{% $states.input %}',
      executionArn: '{% $states.context.Execution.Id %}',
      startedAt: '{% $states.context.Execution.StartTime %}',
    },
    assign: {
      incidentId: '{% $states.result.Payload.incidentId %}',
      settleSeconds: '{% $states.result.Payload.settleSeconds %}',
      judgements: 0,
      problems: [],
      ...notHeldYet(),
    },
  });
  read.addCatch(failure, { assign: { incidentId: null, ...caughtFailure } });

  read.next(
    Choice.jsonata(scope, 'A new incident?')
      .when(Condition.jsonata("{% $states.input.disposition = 'opened' %}"), opened)
      .otherwise(Succeed.jsonata(scope, 'Nothing to do here')),
  );
  return phase(read, opened);
}
