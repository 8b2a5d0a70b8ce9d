import { type Chain, Choice, Condition, Parallel, Pass, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import { verifyNode } from '../../tasks/verify-node/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { answerPhase, notHeldYet } from './answer';
import { caughtInBranch, endOfBranch, firstBranchFailure } from './branch';
import { otherwise, phase } from './phase';
import { collectBranch, volatileFirst } from './preserve-node';
import { caughtFailure } from './report-failure';

/**
 * Protecting the node, isolating it and collecting what there is, beside each other: isolation may wait for its approval,
 * the other two wait for nobody, and none of them stops when another fails.
 */
export function protectAndContain(scope: Construct, functions: FunctionFor, failure: Chain): Parallel {
  const act = Parallel.jsonata(scope, 'Protect, isolate and collect', {
    assign: { nodeFailure: firstBranchFailure, snapshotLooks: 0 },
    outputs: {},
  });
  act.branch(
    answerBranch(scope, functions, 'protect', 'the protection'),
    answerBranch(scope, functions, 'contain', 'the isolation', isolation(scope, functions)),
    collectBranch(scope, functions),
  );
  act.addCatch(failure, { assign: caughtFailure });
  return act;
}

function answerBranch(
  scope: Construct,
  functions: FunctionFor,
  purpose: PlannedPurpose,
  words: string,
  around?: { readonly first: Chain; readonly then: TaskStateBase },
): Chain {
  const end = endOfBranch(scope, `Something failed about ${words}`);
  const answer = answerPhase(scope, functions, { purpose, words, caught: caughtInBranch, prefix: purpose }, end);
  const done = Pass.jsonata(scope, `Done with ${words}`);
  for (const way of answer.endStates) way.next(around?.then ?? done);
  // The last look does it again.
  around?.then.addCatch(done).next(done);
  const begins = { ...notHeldYet(purpose) };
  const wanted = `$planned.${purpose} != 'never'`;
  const choice = Choice.jsonata(scope, `Does the plan want ${words}?`);
  if (around !== undefined) {
    choice.when(Condition.jsonata(`{% ${wanted} and $volatileFirst %}`), around.first.next(answer), { assign: begins });
  }
  return phase(choice.when(Condition.jsonata(`{% ${wanted} %}`), answer, { assign: begins }).otherwise(done));
}

/** What may come before the node is cut off, and what comes right after: interfaces that it has got meanwhile. */
function isolation(scope: Construct, functions: FunctionFor) {
  const then = taskState(scope, 'Cut off what has come meanwhile', functions, {
    contract: verifyNode,
    arguments: { incidentId: '{% $incidentId %}', last: false },
  });
  return { first: volatileFirst(scope, functions), then };
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
