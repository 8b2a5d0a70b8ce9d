import {
  type Chain,
  type IChainable,
  type INextable,
  Parallel,
  Pass,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { collectContext } from '../../tasks/collect-context/contract';
import { preserveEvidence } from '../../tasks/preserve-evidence/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { phase } from './phase';
import { caughtFailure } from './report-failure';

/**
 * Evidence and context, beside each other. Neither stops the other, and neither stops the response: what could not be
 * had becomes a problem that the record names.
 */
export function gatherPhase(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const incident = { incidentId: '{% $incidentId %}' };
  const gather = Parallel.jsonata(scope, 'Preserve and look around', {
    assign: { looksForActor: 0, problems: '{% [$states.result.problems] %}' },
    outputs: {
      // What could not be asked will not be known by waiting.
      attributed: '{% $not(false in $states.result.attributed) %}',
    },
  });
  gather.branch(
    goOnWithout(
      scope,
      'The evidence is incomplete',
      taskState(scope, 'Preserve the evidence', functions, { contract: preserveEvidence, arguments: incident }),
    ),
    goOnWithout(
      scope,
      'The context is missing',
      taskState(scope, 'Collect the context', functions, { contract: collectContext, arguments: incident }),
    ),
  );
  gather.addCatch(failure, { assign: caughtFailure });
  return phase(gather, gather);
}

/** Keeps evidence at once. What fails is tried again with the rest of the evidence: it holds up nothing. */
export function saveState(scope: Construct, functions: FunctionFor, following: INextable & IChainable): TaskStateBase {
  const save = taskState(scope, 'Save what is still there', functions, {
    contract: preserveEvidence,
    arguments: { incidentId: '{% $incidentId %}' },
  });
  save.addCatch(following);
  save.next(following);
  return save;
}

function goOnWithout(scope: Construct, name: string, task: TaskStateBase): TaskStateBase {
  const problem = `{% ['${task.stateId}: ' & $states.errorOutput.Error] %}`;
  task.addCatch(Pass.jsonata(scope, name), { outputs: { problems: problem } });
  return task;
}
