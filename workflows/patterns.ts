import type { EventPatternDocument } from './category';
import { ownRoleArns } from './own-roles';

/** What CloudTrail writes as the error code of a call that was refused for want of a right. */
const refused = [
  'AccessDenied',
  'AccessDeniedException',
  'Client.UnauthorizedOperation',
  'UnauthorizedOperation',
] as const;

/** An event that one of several patterns takes, such as a call and a finding about what the call did. */
export function anyOf(first: EventPatternDocument, ...more: readonly EventPatternDocument[]): EventPatternDocument {
  return { $or: [first, ...more] };
}

/** AWS Config's rule, of one of these names (`*` stands for any run of characters), turns out not to be kept. */
export function findingOf(ruleNames: readonly string[]): EventPatternDocument {
  return {
    source: ['aws.config'],
    'detail-type': ['Config Rules Compliance Change'],
    detail: {
      configRuleName: ruleNames.map((wildcard) => ({ wildcard })),
      newEvaluationResult: { complianceType: ['NON_COMPLIANT'] },
    },
  };
}

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
