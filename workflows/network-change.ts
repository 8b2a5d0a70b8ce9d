import { groupSettingCalls, networkChangeCalls } from '../runbooks/network-change';
import { type CategoryWorkflow, sevenDays } from './category';
import { callsOf } from './patterns';
import { answerPhase } from './phases/answer';
import { closePhase } from './phases/close';
import { decidePhase } from './phases/decide';
import { gatherPhase } from './phases/gather';
import { ifPlanned } from './phases/planned';
import { failurePhase } from './phases/report-failure';
import { settleState, triagePhase } from './phases/triage';

/** A security group or network ACL of a cluster is changed, or what has them is. */
export const networkChange: CategoryWorkflow = {
  id: 'network-change',
  description: 'A security group or network ACL that a cluster depends on was changed',
  timeoutSeconds: sevenDays,

  pattern: callsOf('ec2', {
    $or: [
      {
        eventName: networkChangeCalls,
      },
      {
        eventName: groupSettingCalls,
        requestParameters: { groupSet: { items: { groupId: [{ exists: true }] } } },
      },
    ],
  }),

  define(scope, functions) {
    const failure = failurePhase(scope, functions);
    const settle = settleState(scope);
    const contain = answerPhase(
      scope,
      functions,
      { purpose: 'contain', words: 'the containment', judgeAgain: settle },
      failure,
    );
    const remediate = answerPhase(
      scope,
      functions,
      { purpose: 'remediate', words: 'the remediation', judgeAgain: settle },
      failure,
    );
    return triagePhase(scope, functions, 'network-change', settle, failure)
      .next(gatherPhase(scope, functions, failure))
      .next(decidePhase(scope, functions, failure))
      .next(ifPlanned(scope, 'Is anything to be contained?', 'contain', contain))
      .next(ifPlanned(scope, 'Is anything to be put right?', 'remediate', remediate))
      .next(closePhase(scope, functions, settle, failure));
  },
};
