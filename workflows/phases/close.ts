import { type Chain, Choice, Condition, type IChainable, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { closeIncident } from '../../tasks/close-incident/contract';
import { recordBaseline } from '../../tasks/record-baseline/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { mayJudgeAgain } from './decide';
import { caughtFailure } from './report-failure';

/**
 * Records how the world stands now, seals the evidence and closes the incident, unless an event joined that nobody has
 * judged: then the story goes round once more.
 */
export function closePhase(
  scope: Construct,
  functions: FunctionFor,
  judgeAgain: IChainable | undefined,
  failure: Chain,
): Chain {
  const close = taskState(scope, 'Close the incident', functions, {
    contract: closeIncident,
    arguments: {
      incidentId: '{% $incidentId %}',
      last: judgeAgain === undefined ? true : `{% $not(${mayJudgeAgain.beforeClosing}) %}`,
    },
  });
  close.addCatch(failure, { assign: caughtFailure });

  const record = taskState(scope, 'Record the baseline', functions, {
    contract: recordBaseline,
    arguments: { incidentId: '{% $incidentId %}' },
  });
  // What stood before is then known from the last recording: no reason to leave an incident open.
  record.addCatch(close);

  const end = Succeed.jsonata(scope, 'The incident is closed');
  if (judgeAgain === undefined) return record.next(close).next(end);
  const closed = Choice.jsonata(scope, 'Is it closed?')
    .when(Condition.jsonata('{% $not($states.input.closed) %}'), judgeAgain)
    .otherwise(end);
  return record.next(close).next(closed);
}
