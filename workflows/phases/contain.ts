import {
  type Chain,
  Choice,
  Condition,
  type IChainable,
  Map as MapState,
  Pass,
  ProvideItems,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import type { FunctionFor } from '../category';
import { answerPhase, notHeldYet } from './answer';
import { caughtInBranch, endOfBranch, firstFailure } from './branch';
import { otherwise, phase } from './phase';
import { plannedAmong } from './planned';
import { caughtFailure } from './report-failure';

/** What goes on beside each other: closing what stands open must not wait until somebody says yes to the rest. */
const purposes: readonly PlannedPurpose[] = ['protect', 'contain', 'expel'];

const prefix = 'containment';

/** Protects what is left, stops the harm, and takes the rights of whoever does it away, as far as the plan asks for each. */
export function containPhase(scope: Construct, functions: FunctionFor, judgeAgain: IChainable, failure: Chain): Chain {
  const contain = MapState.jsonata(scope, 'Contain it, and whoever did it', {
    items: ProvideItems.jsonata(plannedAmong(purposes)),
    outputs: {
      failure: firstFailure,
      outdated: '{% true in $states.result.outdated %}',
    },
  });
  contain.addCatch(failure, { assign: caughtFailure });

  const begin = Pass.jsonata(scope, 'Which part of the containment is it?', {
    assign: { containmentPurpose: '{% $states.input %}', ...notHeldYet(prefix) },
  });
  const failed = endOfBranch(scope, 'Something failed about the containment');
  const outdated = Pass.jsonata(scope, 'The containment must be judged again', { outputs: { outdated: true } });
  const done = Pass.jsonata(scope, 'Done with the containment', { outputs: { outdated: false } });
  const answer = answerPhase(
    scope,
    functions,
    {
      purpose: '{% $containmentPurpose %}',
      words: 'the containment',
      caught: caughtInBranch,
      judgeAgain: outdated,
      prefix,
    },
    failed,
  );
  for (const way of answer.endStates) way.next(done);
  contain.itemProcessor(begin.next(answer));

  const ended = Choice.jsonata(scope, 'How did the containment end?')
    .when(Condition.jsonata('{% $states.input.failure != null %}'), failure, {
      assign: { failure: '{% $states.input.failure %}' },
    })
    .when(Condition.jsonata('{% $states.input.outdated %}'), judgeAgain);
  contain.next(ended);
  return phase(contain, otherwise(ended));
}
