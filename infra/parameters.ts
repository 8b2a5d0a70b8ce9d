import * as z from 'zod';

/** What is set at deployment, by `--context name=value` or in `cdk.json`. */
export interface Parameters {
  /** Days for which evidence cannot be changed or deleted by anybody. */
  readonly evidenceRetentionDays: number;
  /** Who is told when Slack cannot be reached. Where nobody is named, subscribe to the topic that the stack puts out. */
  readonly fallbackEmail?: string;
  /** Whether AWS Config's rules are made; yes unless it says false. Config must be recording. */
  readonly configRules?: boolean;
  /** Images that nodes may run: with them Config tells of every other. */
  readonly approvedAmis?: readonly string[];
  /** Buckets to which VPC flow logs go, so that what they have of a suspect node can be read. */
  readonly flowLogBuckets?: readonly string[];
  /** Whether GuardDuty is switched on with what watches EKS; an account that has it must not ask for it. */
  readonly guardDuty?: boolean;
  /** Whether Inspector is switched on for instances and images. */
  readonly inspector?: boolean;
  /** Where the functions run that speak to clusters, for API servers that are private; outside of any VPC where it is left out. */
  readonly clusterNetwork?: ClusterNetwork;
}

/** Subnets from which the clusters' API servers and AWS's own endpoints are reached, and the groups of whoever is there. */
export interface ClusterNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

const retention = z.coerce.number().int().min(1).max(36_500).default(365);
const email = z.email().optional();
const yesOrNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .or(z.boolean())
  .optional();
const listOf = (one: RegExp, most = Number.POSITIVE_INFINITY) =>
  z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .pipe(z.array(z.string().regex(one)).min(1).max(most))
    .optional();
const ids = (prefix: string, most?: number) => listOf(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), most);
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** So many names fit into an environment variable and a role's policy. */
const mostBuckets = 20;

export class ParameterRefused extends Error {
  override readonly name = 'ParameterRefused';
}

/** Throws one line that names the parameter which is wrong. */
export function readParameters(contextOf: (name: string) => unknown): Parameters {
  const fallbackEmail = read('fallbackEmail', email, 'an e-mail address');
  const configRules = read('configRules', yesOrNo, 'true or false');
  const guardDuty = read('guardDuty', yesOrNo, 'true or false');
  const inspector = read('inspector', yesOrNo, 'true or false');
  const approvedAmis = read('approvedAmis', ids('ami'), 'ids of images with commas between them');
  const flowLogBuckets = read(
    'flowLogBuckets',
    listOf(bucketName, mostBuckets),
    `names of buckets with commas between them, ${mostBuckets} at the most`,
  );
  // Lambda takes 16 subnets and 5 security groups: https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
  const subnetIds = read('subnetIds', ids('subnet', 16), 'ids of subnets with commas between them, 16 at the most');
  const securityGroupIds = read(
    'securityGroupIds',
    ids('sg', 5),
    'ids of security groups with commas between them, 5 at the most',
  );
  if ((subnetIds === undefined) !== (securityGroupIds === undefined)) {
    throw new ParameterRefused('--context subnetIds and securityGroupIds: give both, or neither');
  }
  return {
    evidenceRetentionDays: read('evidenceRetentionDays', retention, 'a whole number of days, 1 to 36500'),
    ...(fallbackEmail === undefined ? {} : { fallbackEmail }),
    ...(approvedAmis === undefined ? {} : { approvedAmis }),
    ...(configRules === undefined ? {} : { configRules }),
    ...(flowLogBuckets === undefined ? {} : { flowLogBuckets }),
    ...(guardDuty === undefined ? {} : { guardDuty }),
    ...(inspector === undefined ? {} : { inspector }),
    ...(subnetIds === undefined || securityGroupIds === undefined
      ? {}
      : { clusterNetwork: { subnetIds, securityGroupIds } }),
  };

  function read<Schema extends z.ZodType>(name: string, schema: Schema, wanted: string): z.output<Schema> {
    const value = contextOf(name);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new ParameterRefused(`--context ${name}=${String(value)}: it must be ${wanted}`);
    return parsed.data;
  }
}
