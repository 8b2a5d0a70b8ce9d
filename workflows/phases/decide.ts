import type { Chain, TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { decide } from '../../tasks/decide/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { caughtFailure } from './report-failure';

/**
 * So often an incident is judged before a proposal is made of what is known: a storm must not delay the answer for ever.
 * When it is to be closed it may be judged that often again: what came during the answer is not to be left over.
 */
const judgements = 4;

/** Whether what has joined since may still be judged: conditions over the number of judgements so far. */
export const mayJudgeAgain = {
  beforeProposing: `$judgements < ${judgements}`,
  beforeClosing: `$judgements < ${2 * judgements}`,
} as const;

/** Judges the incident by the plan. */
export function decidePhase(scope: Construct, functions: FunctionFor, failure: Chain): TaskStateBase {
  const state = taskState(scope, 'Decide by the plan', functions, {
    contract: decide,
    arguments: { incidentId: '{% $incidentId %}', problems: '{% $problems %}' },
    assign: {
      judgements: '{% $judgements + 1 %}',
      // A list of one is a list.
      nodes: '{% [$states.result.Payload.nodes] %}',
      nodeLooks: 0,
      planned: {
        protect: '{% $states.result.Payload.protect %}',
        contain: '{% $states.result.Payload.contain %}',
        expel: '{% $states.result.Payload.expel %}',
        remediate: '{% $states.result.Payload.remediate %}',
      },
    },
  });
  state.addCatch(failure, { assign: caughtFailure });
  return state;
}
