import type { Permission } from '../../tasks/permission';

/** Calls that IAM knows by another action's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const knownAs: Readonly<Record<string, string>> = {
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListParts': 's3:ListMultipartUploadParts',
};

/** Whether a caller may make a call, such as `ec2:DescribeInstances`. On which resources, nobody here evaluates. */
export type Rights = (call: string) => boolean;

export function rightsOf(permissions: readonly Permission[]): Rights {
  const allowed = permissions.flatMap(({ actions }) => actions);
  return (call) => {
    const action = knownAs[call] ?? call;
    return allowed.some((it) => it === action || (it.endsWith('*') && action.startsWith(it.slice(0, -1))));
  };
}
