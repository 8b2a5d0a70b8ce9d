/** Those roles as CloudTrail names a session's issuer, in whatever partition and account: few wildcards, for EventBridge refuses patterns with many. */
export const ownRoleArns = 'arn:*:role/eks-incident-response/*';
