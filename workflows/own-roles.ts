/** The IAM path of every role that the tasks run under: by it our own changes are told from everybody else's. */
export const ownRolePath = '/eks-incident-response/';

/** Those roles as CloudTrail names a session's issuer, in whatever partition and account: few wildcards, for EventBridge refuses patterns with many. */
export const ownRoleArns = 'arn:*:role/eks-incident-response/*';
