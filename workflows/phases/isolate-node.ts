import {
  type Chain,
  Choice,
  Condition,
  Map as MapState,
  Parallel,
  Pass,
  ProvideItems,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import { verifyNode } from '../../tasks/verify-node/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { answerPhase, notHeldYet } from './answer';
import { caughtInBranch, endOfBranch, firstFailure, nothingFailed } from './branch';
import { otherwise, phase } from './phase';
import { plannedAmong } from './planned';
import { collectBranch, nothingAsked, volatileFirst } from './preserve-node';
import { caughtFailure } from './report-failure';

/**
 * Protecting the node, isolating it and collecting what there is, beside each other: isolation may wait for its approval,
 * the other two wait for nobody, and none of them stops when another fails.
 */
export function protectAndContain(scope: Construct, functions: FunctionFor, failure: Chain): Parallel {
  const act = Parallel.jsonata(scope, 'Protect, isolate and collect', {
    assign: { nodeFailure: firstFailure, snapshotLooks: 0 },
    outputs: {},
  });
  act.branch(answerBranch(scope, functions), collectBranch(scope, functions));
  act.addCatch(failure, { assign: caughtFailure });
  return act;
}

const purposes: readonly PlannedPurpose[] = ['protect', 'contain'];
const words = 'the protection or isolation';
const prefix = 'node';

/** The same states for both, at the same time: what keeps the node from being lost, and what cuts it off. */
function answerBranch(scope: Construct, functions: FunctionFor): Chain {
  const begin = Pass.jsonata(scope, 'Is the node to be protected or isolated?', {
    assign: { nodePurpose: '{% $states.input %}', ...notHeldYet(prefix), ...nothingAsked, ...nothingFailed },
  });
  const end = endOfBranch(scope, `Something failed about ${words}`);
  // Volatile evidence that was to come first may have failed: isolation has gone on without.
  const done = endOfBranch(scope, `Done with ${words}`);
  const answer = answerPhase(
    scope,
    functions,
    { purpose: '{% $nodePurpose %}', words, caught: caughtInBranch, prefix },
    end,
  );
  const isolating = "$nodePurpose = 'contain'";
  const first = volatileFirst(scope, functions);
  const waits = Choice.jsonata(scope, 'Does isolation wait for volatile evidence?')
    .when(Condition.jsonata(`{% ${isolating} and $volatileFirst %}`), first.next(answer))
    .otherwise(answer);

  // Interfaces that the node has got meanwhile. The last look does it again.
  const cutOff = taskState(scope, 'Cut off what has come meanwhile', functions, {
    contract: verifyNode,
    arguments: { incidentId: '{% $incidentId %}', last: false },
  });
  cutOff.addCatch(done);
  cutOff.next(done);
  const isolated = Choice.jsonata(scope, 'Was the node to be isolated?')
    .when(Condition.jsonata(`{% ${isolating} %}`), cutOff)
    .otherwise(done);
  for (const way of answer.endStates) way.next(isolated);

  const each = MapState.jsonata(scope, 'Protect and isolate', {
    items: ProvideItems.jsonata(plannedAmong(purposes)),
    outputs: { failure: firstFailure },
  });
  return phase(each.itemProcessor(begin.next(waits)));
}

/**
 * A last look: what has come since is cut off too, what cannot be cut is said, and the evidence is sealed. Then the node is
 * ended for good, where the plan wants that and never by one person alone.
 */
export function verifyAndEradicate(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const verify = taskState(scope, 'Look at the node once more', functions, {
    contract: verifyNode,
    arguments: { incidentId: '{% $incidentId %}', last: true },
  });
  verify.addCatch(failure, { assign: caughtFailure });

  const eradicate = answerPhase(scope, functions, { purpose: 'remediate', words: 'the eradication' }, failure);
  const left = Choice.jsonata(scope, 'What is left to be done?')
    .when(
      Condition.jsonata('{% $nodeFailure != null %}'),
      Pass.jsonata(scope, 'A human must look at it', { assign: { failure: '{% $nodeFailure %}' } }).next(failure),
    )
    .when(Condition.jsonata("{% $planned.remediate != 'never' %}"), eradicate);
  return phase(verify.next(left), otherwise(left), ...eradicate.endStates);
}
