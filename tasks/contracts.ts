import { answerSlack } from './answer-slack/contract';
import { applyChanges } from './apply-changes/contract';
import { closeIncident } from './close-incident/contract';
import { collectContext } from './collect-context/contract';
import { collectLogEvidence } from './collect-log-evidence/contract';
import { collectNodeEvidence } from './collect-node-evidence/contract';
import { collectVolatileEvidence } from './collect-volatile-evidence/contract';
import type { Contract } from './contract';
import { decide } from './decide/contract';
import { evaluateCompliance } from './evaluate-compliance/contract';
import { expireApproval } from './expire-approval/contract';
import { followNodes } from './follow-nodes/contract';
import { lookForDrift } from './look-for-drift/contract';
import { preserveEvidence } from './preserve-evidence/contract';
import { proposeChanges } from './propose-changes/contract';
import { recordBaseline } from './record-baseline/contract';
import { reportFailure } from './report-failure/contract';
import { requestApproval } from './request-approval/contract';
import { requestSnapshots } from './request-snapshots/contract';
import { secureSnapshots } from './secure-snapshots/contract';
import { triage } from './triage/contract';
import { verifyChanges } from './verify-changes/contract';
import { verifyNode } from './verify-node/contract';

/** Every task: each becomes a function with a role of its own. */
export const contracts: readonly Contract[] = [
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
