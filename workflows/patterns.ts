import type { EventPatternDocument } from './category';
import { ownRoleArns } from './own-roles';

/**
 * Calls that succeeded, recorded by CloudTrail, and not made by our own roles. A pattern needs every field that it names:
 * without the `exists: false` beside it the exclusion would also drop every call of a root or IAM user, who have no
 * session issuer.
 */
export function callsOf(service: 'ec2' | 'eks', which: EventPatternDocument): EventPatternDocument {
  return {
    source: [`aws.${service}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      errorCode: [{ exists: false }],
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
