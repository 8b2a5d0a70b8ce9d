import { complianceSources } from '../tasks/findings/config';
import type { EventPatternDocument } from './category';
import { ownRoleArns } from './own-roles';

/** What CloudTrail writes as the error code of a call that was refused for want of a right. */
const refused = [
  'AccessDenied',
  'AccessDeniedException',
  'Client.UnauthorizedOperation',
  'UnauthorizedOperation',
] as const;

/**
 * Calls of one service that CloudTrail recorded and that were not made by our own roles; only those that succeeded,
 * unless the attempt itself matters (`succeeded-or-denied`). A pattern needs every field that it names: without the
 * `exists: false` beside it the exclusion would also drop every call of a root or IAM user, who have no session issuer.
 */
export function callsOf(
  service: string,
  which: EventPatternDocument,
  outcome: 'succeeded' | 'succeeded-or-denied' = 'succeeded',
): EventPatternDocument {
  return {
    source: [`aws.${service}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      errorCode: [{ exists: false }, ...(outcome === 'succeeded' ? [] : refused)],
      userIdentity: {
        $or: [
          { sessionContext: { sessionIssuer: { arn: [{ exists: false }] } } },
          { sessionContext: { sessionIssuer: { arn: [{ 'anything-but': { wildcard: ownRoleArns } }] } } },
        ],
      },
      ...which,
    },
  };
}

/** It is told that a resource breaks a rule of Config's; that one is compliant again is no event of ours. */
export function outOfCompliance(which: EventPatternDocument): EventPatternDocument {
  return {
    source: complianceSources.map(({ source }) => source),
    'detail-type': complianceSources.map(({ detailType }) => detailType),
    detail: { newEvaluationResult: { complianceType: ['NON_COMPLIANT'] }, ...which },
  };
}
