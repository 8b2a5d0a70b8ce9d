/** The CDK's present behaviour where an older one is still its default; the same for deploying and for reading the template. */
export const featureFlags = {
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal': true,
  '@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  // What CloudFormation would refuse fails the synthesis rather than the deployment.
  '@aws-cdk/core:validateAgainstDefaultRules': true,
} as const;
