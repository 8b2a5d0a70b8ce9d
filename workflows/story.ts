import { type Chain, Choice, Condition } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CategoryId } from '../runbooks/categories';
import type { FunctionFor, MachineFor } from './category';
import { nodeForensics } from './node-forensics';
import { answerPhase } from './phases/answer';
import { attributePhase } from './phases/attribute';
import { closePhase } from './phases/close';
import { containPhase } from './phases/contain';
import { decidePhase } from './phases/decide';
import { examineNodesPhase, followNodesPhase } from './phases/examine-nodes';
import { gatherPhase, saveState } from './phases/gather';
import { otherwise, phase } from './phases/phase';
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
    /**
     * For what cannot wait: judged at first sight, and the nodes in doubt are handed over. Then the burst settles, evidence
     * and context are gathered, and it is judged by all that is known.
     */
    triageAndExamineNodes: (machines: MachineFor) => {
      const judge = decidePhase(scope, functions, failure);
      const atFirstSight = Choice.jsonata(scope, 'Was that at first sight?').when(
        Condition.jsonata('{% $judgements = 1 %}'),
        settle,
      );
      judge.next(examineNodesPhase(scope, machines(nodeForensics)).next(atFirstSight));
      settle.next(gatherPhase(scope, functions, failure).next(judge));
      return phase(triagePhase(scope, functions, category, judge, failure).startState, otherwise(atFirstSight));
    },
    gather: () => gatherPhase(scope, functions, failure),
    attribute: () => attributePhase(scope, functions, failure),
    decide: () => decidePhase(scope, functions, failure),
    examineNodes: (machines: MachineFor) => examineNodesPhase(scope, machines(nodeForensics)),
    followNodes: () => followNodesPhase(scope, functions, settle, failure),
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
