import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GuardDutyClient } from '@aws-sdk/client-guardduty';
import { IAMClient } from '@aws-sdk/client-iam';
import { Inspector2Client } from '@aws-sdk/client-inspector2';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { observe } from './observed-calls';

/** The AWS services that tasks talk to, made for one account and Region. */
export interface AwsClients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudTrail: CloudTrailClient;
  readonly config: ConfigServiceClient;
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly eks: EKSClient;
  readonly events: EventBridgeClient;
  readonly guardDuty: GuardDutyClient;
  readonly iam: IAMClient;
  readonly inspector: Inspector2Client;
  readonly kms: KMSClient;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly secretsManager: SecretsManagerClient;
  readonly sfn: SFNClient;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

/** `credentials` only where they do not come from the environment. */
export function awsClients(
  region: string,
  credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string },
): AwsClients {
  const settings = { region, ...(credentials === undefined ? {} : { credentials }) };
  return lazily<AwsClients>({
    autoScaling: () => new AutoScalingClient(settings),
    cloudTrail: () => new CloudTrailClient(settings),
    config: () => new ConfigServiceClient(settings),
    ec2: () => new EC2Client(settings),
    ecr: () => new ECRClient(settings),
    eks: () => new EKSClient(settings),
    events: () => new EventBridgeClient(settings),
    guardDuty: () => new GuardDutyClient(settings),
    iam: () => new IAMClient(settings),
    inspector: () => new Inspector2Client(settings),
    kms: () => new KMSClient(settings),
    loadBalancing: () => new ElasticLoadBalancingV2Client(settings),
    logs: () => new CloudWatchLogsClient(settings),
    // The bucket that an organisation gathers its logs in may be in another Region.
    s3: () => new S3Client({ ...settings, followRegionRedirects: true }),
    secretsManager: () => new SecretsManagerClient(settings),
    sfn: () => new SFNClient(settings),
    sns: () => new SNSClient(settings),
    ssm: () => new SSMClient(settings),
    sts: () => new STSClient(settings),
  });
}

/** Each is made when it is first asked for: a function uses few of them, and would pay for all at its cold start. */
function lazily<T extends object>(makers: { readonly [Name in keyof T]: () => T[Name] }): T {
  const made = new Map<PropertyKey, unknown>();
  const properties = Object.entries<() => unknown>(makers).map(([name, make]) => {
    const get = () => {
      if (!made.has(name)) made.set(name, observe(make()));
      return made.get(name);
    };
    return [name, { get, enumerable: true, configurable: true }] as const;
  });
  return Object.defineProperties({}, Object.fromEntries(properties)) as T;
}
