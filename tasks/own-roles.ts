/** The IAM path of every role that the tasks run under: by it our own changes are told from everybody else's. */
export const ownRolePath = '/eks-incident-response/';

/**
 * Whether responders leave a role alone, by its IAM path: our own, and those of services and of IAM Identity Center, which only
 * AWS may change: a session there is ended in Identity Center.
 */
export function isProtected(path: string): boolean {
  return path.startsWith('/aws-service-role/') || path.startsWith('/aws-reserved/') || path === ownRolePath;
}
