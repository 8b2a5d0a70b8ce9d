import type { Chain } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CategoryId } from '../runbooks/categories';
import type { FunctionFor } from './category';
import { answerPhase } from './phases/answer';
import { attributePhase } from './phases/attribute';
import { closePhase } from './phases/close';
import { containPhase } from './phases/contain';
import { decidePhase } from './phases/decide';
import { gatherPhase, saveState } from './phases/gather';
import { phase } from './phases/phase';
import { ifPlanned } from './phases/planned';
import { failurePhase } from './phases/report-failure';
import { settleState, triagePhase } from './phases/triage';

/** The phases of one category's machine, tied to each other: what fails is reported, what joins late is judged again. */
export function storyOf(category: CategoryId, scope: Construct, functions: FunctionFor) {
  const failure: Chain = failurePhase(scope, functions);
  const settle = settleState(scope);
  return {
    failure,
    triage: () => triagePhase(scope, functions, category, settle, failure),
    /** For what does not last until a burst has settled: evidence is kept first, and again of what the burst brought. */
    triageAndSave: () => {
      const save = saveState(scope, functions, settle);
      return phase(triagePhase(scope, functions, category, save, failure).startState, settle);
    },
    gather: () => gatherPhase(scope, functions, failure),
    attribute: () => attributePhase(scope, functions, failure),
    decide: () => decidePhase(scope, functions, failure),
    contain: () => containPhase(scope, functions, settle, failure),
    remediate: () =>
      ifPlanned(
        scope,
        'Is anything to be put right?',
        'remediate',
        answerPhase(scope, functions, { purpose: 'remediate', words: 'the remediation', judgeAgain: settle }, failure),
      ),
    close: () => closePhase(scope, functions, settle, failure),
  };
}
