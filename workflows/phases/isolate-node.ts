import { type Chain, Choice, Condition, Parallel, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import { sealEvidence } from '../../tasks/seal-evidence/contract';
import { verifyNode } from '../../tasks/verify-node/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { answerPhase } from './answer';
import { caughtInBranch, endOfBranch, firstBranchFailure } from './branch';
import { otherwise, phase } from './phase';
import { collectBranch } from './preserve-node';
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
    answerBranch(scope, functions, 'contain', 'the isolation'),
    collectBranch(scope, functions),
  );
  act.addCatch(failure, { assign: caughtFailure });
  return act;
}

function answerBranch(scope: Construct, functions: FunctionFor, purpose: PlannedPurpose, words: string): Chain {
  const end = endOfBranch(scope, `Something failed about ${words}`);
  const answer = answerPhase(scope, functions, { purpose, words, caught: caughtInBranch }, end);
  const done = Pass.jsonata(scope, `Done with ${words}`);
  const choice = Choice.jsonata(scope, `Does the plan want ${words}?`)
    .when(Condition.jsonata(`{% $planned.${purpose} != 'never' %}`), answer)
    .otherwise(done);
  for (const way of answer.endStates) way.next(done);
  return phase(choice);
}

/** A last look: what has come since is cut off too, and what cannot be cut is said. */
export function verifyNodePhase(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const verify = taskState(scope, 'Look at the node once more', functions, {
    contract: verifyNode,
    arguments: { incidentId: '{% $incidentId %}' },
  });
  verify.addCatch(failure, { assign: caughtFailure });
  const failed = Choice.jsonata(scope, 'Did anything fail on the way?').when(
    Condition.jsonata('{% $nodeFailure != null %}'),
    Pass.jsonata(scope, 'A human must look at it', { assign: { failure: '{% $nodeFailure %}' } }).next(failure),
  );
  return phase(verify.next(failed), otherwise(failed));
}

/** Ending the node for good, where the plan wants that: after the evidence is sealed, and never by one person alone. */
export function eradicatePhase(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const seal = taskState(scope, 'Seal the evidence', functions, {
    contract: sealEvidence,
    arguments: { incidentId: '{% $incidentId %}' },
  });
  const end = endOfBranch(scope, 'Something failed about the eradication');
  seal.addCatch(end, { assign: caughtInBranch });
  const answer = answerPhase(
    scope,
    functions,
    { purpose: 'remediate', words: 'the eradication', caught: caughtInBranch },
    end,
  );
  const done = Pass.jsonata(scope, 'Done with the eradication');
  for (const way of answer.endStates) way.next(done);
  const eradicate = Parallel.jsonata(scope, 'Eradicate', { assign: { nodeFailure: firstBranchFailure }, outputs: {} });
  eradicate.branch(seal.next(answer));
  eradicate.addCatch(failure, { assign: caughtFailure });
  const wanted = Choice.jsonata(scope, 'Is the node to be ended?').when(
    Condition.jsonata("{% $planned.remediate != 'never' %}"),
    eradicate,
  );
  return phase(wanted, eradicate, otherwise(wanted));
}
