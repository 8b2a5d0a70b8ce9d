import type { DecisionDeps } from '../../tasks/answer-slack/deps';
import { task as answerSlack } from '../../tasks/answer-slack/handler';
import { task as applyChanges } from '../../tasks/apply-changes/handler';
import { task as closeIncident } from '../../tasks/close-incident/handler';
import { task as collectContext } from '../../tasks/collect-context/handler';
import { task as collectLogEvidence } from '../../tasks/collect-log-evidence/handler';
import { task as collectNodeEvidence } from '../../tasks/collect-node-evidence/handler';
import { task as collectVolatileEvidence } from '../../tasks/collect-volatile-evidence/handler';
import { task as decide } from '../../tasks/decide/handler';
import type { Deps } from '../../tasks/deps';
import { task as evaluateCompliance } from '../../tasks/evaluate-compliance/handler';
import { task as expireApproval } from '../../tasks/expire-approval/handler';
import { task as followNodes } from '../../tasks/follow-nodes/handler';
import { task as lookForDrift } from '../../tasks/look-for-drift/handler';
import { task as preserveEvidence } from '../../tasks/preserve-evidence/handler';
import { task as proposeChanges } from '../../tasks/propose-changes/handler';
import { task as recordBaseline } from '../../tasks/record-baseline/handler';
import { task as reportFailure } from '../../tasks/report-failure/handler';
import { task as requestApproval } from '../../tasks/request-approval/handler';
import { task as requestSnapshots } from '../../tasks/request-snapshots/handler';
import { task as secureSnapshots } from '../../tasks/secure-snapshots/handler';
import type { Task } from '../../tasks/task';
import { task as triage } from '../../tasks/triage/handler';
import { task as verifyChanges } from '../../tasks/verify-changes/handler';
import { task as verifyNode } from '../../tasks/verify-node/handler';

/** The functions of the stack, by what they run. */
export const tasks: readonly Task<Deps & DecisionDeps>[] = [
  answerSlack,
  applyChanges,
  closeIncident,
  collectContext,
  collectLogEvidence,
  collectNodeEvidence,
  collectVolatileEvidence,
  decide,
  evaluateCompliance,
  expireApproval,
  followNodes,
  lookForDrift,
  preserveEvidence,
  proposeChanges,
  recordBaseline,
  reportFailure,
  requestApproval,
  requestSnapshots,
  secureSnapshots,
  triage,
  verifyChanges,
  verifyNode,
];
