import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Permission, PermissionTarget } from '../tasks/permission';

/** The ARNs of what the deployment made, for the names that contracts use. */
export type Targets = Readonly<Record<Exclude<PermissionTarget, '*' | `arn:${string}`>, readonly string[]>>;

/**
 * What lies encrypted under the evidence key, and the service that asks for the key in the name of whoever uses it. A role
 * without a right to the key is refused its table, its secret or its topic.
 */
const keptBy: Partial<Record<PermissionTarget, string>> = {
  'incident-table': 'dynamodb',
  'slack-secret': 'secretsmanager',
  'fallback-topic': 'sns',
};

/** Gives a role a contract's rights and nothing else, with the reason for each wildcard among them. */
export function grant(role: Role, permissions: readonly Permission[], targets: Targets): void {
  const { partition, account, region } = Stack.of(role);
  const acknowledge = (resource: string, reason: string) =>
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  const arnsOf = (target: PermissionTarget): readonly string[] => {
    if (target === '*') return ['*'];
    if (!isArn(target)) return targets[target];
    acknowledge(
      target.replaceAll('${', '<AWS::').replaceAll('}', '>').replace('<AWS::Account>', '<AWS::AccountId>'),
      'Which resource an incident touches is known when it happens; what may be done to it is checked where it is done',
    );
    return [
      target.replaceAll(`\${Partition}`, partition).replaceAll(`\${Account}`, account).replaceAll(`\${Region}`, region),
    ];
  };
  for (const { actions, on, conditions } of permissions) {
    const resources = on.flatMap(arnsOf);
    if (resources.length === 0) continue;
    if (on.includes('flow-log-objects')) decryptIn(role, targets['flow-log-buckets'], acknowledge);
    if (on.includes('evidence-objects')) {
      const [bucket] = targets['evidence-bucket'];
      acknowledge(`${readable(role, bucket ?? '')}/*`, 'Every piece of evidence has a key of its own');
    }
    role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources,
        ...(conditions === undefined ? {} : { conditions: { ...conditions } }),
      }),
    );
  }
  const services = new Set(permissions.flatMap(({ on }) => on.flatMap((target) => keptBy[target] ?? [])));
  if (services.size > 0) {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        resources: [...targets['evidence-key']],
        conditions: {
          StringEquals: { 'kms:ViaService': [...services].sort().map((it) => `${it}.${region}.amazonaws.com`) },
        },
      }),
    );
  }
  acknowledge(
    '*',
    'X-Ray, and the Describe, List and Lookup calls of EC2, EKS, CloudTrail and Config, take no resource in IAM',
  );
}

/**
 * Whatever key a bucket's objects are under, by way of S3 and for these buckets alone: S3 names the bucket to KMS where it has a
 * key of its own, and the object otherwise. A key of another account's has to let the role use it, too.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
function decryptIn(
  role: Role,
  buckets: readonly string[],
  acknowledge: (resource: string, reason: string) => void,
): void {
  const key = `arn:${Stack.of(role).partition}:kms:*:*:key/*`;
  acknowledge('arn:<AWS::Partition>:kms:*:*:key/*', 'Which keys they are under, the buckets’ owners decide');
  for (const bucket of buckets) {
    acknowledge(
      `${bucket.replace(/^arn:[^:]+:/, 'arn:<AWS::Partition>:')}/*`,
      'Each file of a flow log has a key of its own',
    );
  }
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key],
      conditions: {
        StringLike: {
          'kms:ViaService': 's3.*.amazonaws.com',
          'kms:EncryptionContext:aws:s3:arn': buckets.flatMap((it) => [it, `${it}/*`]),
        },
      },
    }),
  );
}

/** A token as cdk-nag writes it: `<LogicalId.Arn>`. */
function readable(role: Role, token: string): string {
  const resolved: unknown = Stack.of(role).resolve(token);
  if (typeof resolved === 'object' && resolved !== null && 'Fn::GetAtt' in resolved) {
    return `<${(resolved['Fn::GetAtt'] as string[]).join('.')}>`;
  }
  return String(resolved);
}

function isArn(target: PermissionTarget): target is `arn:${string}` {
  return target.startsWith('arn:');
}
