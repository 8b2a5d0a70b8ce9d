import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/** The AWS services that tasks talk to, made for one account and Region. */
export interface AwsClients {
  readonly cloudTrail: CloudTrailClient;
  readonly config: ConfigServiceClient;
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly kms: KMSClient;
  readonly s3: S3Client;
  readonly secretsManager: SecretsManagerClient;
  readonly sfn: SFNClient;
  readonly sns: SNSClient;
}

export function awsClients(region: string): AwsClients {
  const settings = { region };
  return {
    cloudTrail: new CloudTrailClient(settings),
    config: new ConfigServiceClient(settings),
    ec2: new EC2Client(settings),
    eks: new EKSClient(settings),
    kms: new KMSClient(settings),
    s3: new S3Client(settings),
    secretsManager: new SecretsManagerClient(settings),
    sfn: new SFNClient(settings),
    sns: new SNSClient(settings),
  };
}
