/**
 * What a task or an action may do in AWS, in terms of the deployment rather than of ARNs: the stack turns each resource
 * into the ARN that it made. `*` only where IAM offers nothing narrower for the action (EC2 Describe calls).
 */
export interface Permission {
  readonly actions: readonly `${string}:${string}`[];
  readonly on: readonly PermissionTarget[];
  /** IAM conditions, as in a policy document. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export type PermissionTarget =
  | '*'
  | 'incident-table'
  | 'evidence-bucket'
  | 'evidence-objects'
  | 'evidence-key'
  /** Buckets that flow logs go to, where the deployment is given any: otherwise nobody gets a right to one. */
  | 'flow-log-buckets'
  | 'flow-log-objects'
  | 'sealing-key'
  | 'slack-secret'
  | 'fallback-topic'
  | 'category-machines'
  | 'release-machine'
  /** An ARN with `${Partition}`, `${Account}` and `${Region}` where the deployment puts its own. */
  | `arn:${string}`;
