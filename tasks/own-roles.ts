/** The IAM path of every role that the tasks run under: by it our own changes are told from everybody else's. */
export const ownRolePath = '/eks-incident-response/';
