import type { Decision, Purpose, Response } from '../runbooks/decision';

export type AskingResponse = Exclude<Response, { mode: 'never' }>;

/**
 * What was decided for a purpose; null where that is nothing. An undo is always asked for, of those who could approve
 * what it takes back, and silence leaves things as they are.
 */
export function responseTo(decision: Decision, purpose: Purpose): AskingResponse | null {
  if (purpose !== 'undo') return asking(decision[purpose]);
  const approvers =
    asking(decision.remediate) ?? asking(decision.contain) ?? asking(decision.expel) ?? asking(decision.protect);
  return approvers === null ? null : { ...approvers, mode: 'approval', actions: [], onSilence: 'leave' };
}

function asking(response: Response): AskingResponse | null {
  return response.mode === 'never' ? null : response;
}
