import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnConfigRule } from 'aws-cdk-lib/aws-config';
import { CfnDetector } from 'aws-cdk-lib/aws-guardduty';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type Function as TaskLambda } from 'aws-cdk-lib/aws-lambda';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import * as z from 'zod';
import { type DriftSettings, driftSettings } from '../runbooks/posture-drift';
import type { ComplianceCheck } from '../tasks/evaluate-compliance/contract';

/** A rule that AWS Config has, by its identifier: https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html */
interface Managed {
  readonly identifier: string;
  readonly resourceType: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Rules that Config runs by the clock have no scope. */
  readonly periodic: boolean;
}

/** Rules that Config does not have: our own function judges, by the logic that incidents are judged by. */
const own: Readonly<Record<string, ComplianceCheck>> = {
  'eks-cluster-failed-updates': 'failed-update',
  'eks-cluster-approved-version': 'unapproved-version',
  'eks-security-group-minimum': 'security-group-minimum',
};

/** What detects beside CloudTrail: AWS Config's rules, and where they are asked for GuardDuty and Inspector. */
export class DetectiveControls extends Construct {
  /** AWS Config must be recording in the account and Region; without a recorder a rule cannot be made. */
  configRules(evaluate: TaskLambda, approvedAmis: readonly string[]): void {
    for (const [name, { identifier, resourceType, parameters, periodic }] of Object.entries(managed(approvedAmis))) {
      new CfnConfigRule(this, name, {
        configRuleName: name,
        source: { owner: 'AWS', sourceIdentifier: identifier },
        ...(parameters === undefined ? {} : { inputParameters: { ...parameters } }),
        ...(periodic ? {} : { scope: { complianceResourceTypes: [resourceType] } }),
      });
    }
    const permission = new CfnPermission(this, 'ConfigInvokes', {
      action: 'lambda:InvokeFunction',
      functionName: evaluate.functionArn,
      principal: 'config.amazonaws.com',
      sourceAccount: evaluate.stack.account,
    });
    for (const [name, check] of Object.entries(own)) {
      const rule = new CfnConfigRule(this, name, {
        configRuleName: name,
        source: {
          owner: 'CUSTOM_LAMBDA',
          sourceIdentifier: evaluate.functionArn,
          sourceDetails: [
            {
              eventSource: 'aws.config',
              messageType: 'ScheduledNotification',
              maximumExecutionFrequency: 'One_Hour',
            },
          ],
        },
        inputParameters: { check },
      });
      // Config looks whether it may invoke the function when the rule is made.
      rule.addResourceDependency(permission);
    }
  }

  /** A Region has one detector: where there is one already, switch these features on there. */
  guardDuty(): void {
    const on = (name: string, additional: readonly string[] = []) => ({
      name,
      status: 'ENABLED',
      ...(additional.length === 0
        ? {}
        : { additionalConfiguration: additional.map((it) => ({ name: it, status: 'ENABLED' })) }),
    });
    new CfnDetector(this, 'Detector', {
      enable: true,
      findingPublishingFrequency: 'FIFTEEN_MINUTES',
      features: [
        on('EKS_AUDIT_LOGS'),
        on('EBS_MALWARE_PROTECTION'),
        on('RUNTIME_MONITORING', ['EKS_ADDON_MANAGEMENT', 'EC2_AGENT_MANAGEMENT']),
      ],
    });
  }

  /** CloudFormation has no resource that switches Inspector on. It stays on when the stack goes. */
  inspector(): void {
    const call = {
      service: 'inspector2',
      action: 'Enable',
      parameters: { resourceTypes: ['EC2', 'ECR'] },
      physicalResourceId: PhysicalResourceId.of('inspector'),
    };
    const enable = new AwsCustomResource(this, 'Inspector', {
      onCreate: call,
      onUpdate: call,
      installLatestAwsSdk: false,
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ effect: Effect.ALLOW, actions: ['inspector2:Enable'], resources: ['*'] }),
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['iam:CreateServiceLinkedRole'],
          resources: ['*'],
          conditions: {
            StringEquals: {
              'iam:AWSServiceName': ['inspector2.amazonaws.com', 'agentless.inspector2.amazonaws.com'],
            },
          },
        }),
      ]),
    });
    // The function that makes the call is the CDK's own, one for the stack.
    const provider = Stack.of(this).node.tryFindChild(
      `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`,
    );
    if (provider !== undefined) {
      Validations.of(provider).acknowledge({
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        reason: 'The CDK gives its own function this policy: it may write its log, and nothing else',
      });
    }
    Validations.of(enable).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Switching Inspector on takes no resource in IAM, and makes a role that is linked to it',
    });
  }
}

function managed(approvedAmis: readonly string[]): Readonly<Record<string, Managed>> {
  const cluster = 'AWS::EKS::Cluster';
  const { approvedVersions, logTypes } = settingsOfPlan();
  const [oldest = ''] = [...approvedVersions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return {
    'eks-endpoint-no-public-access': {
      identifier: 'EKS_ENDPOINT_NO_PUBLIC_ACCESS',
      resourceType: cluster,
      periodic: true,
    },
    'eks-secrets-encrypted': { identifier: 'EKS_SECRETS_ENCRYPTED', resourceType: cluster, periodic: true },
    'eks-cluster-log-enabled': {
      identifier: 'EKS_CLUSTER_LOG_ENABLED',
      resourceType: cluster,
      periodic: false,
      ...(logTypes.length === 0 ? {} : { parameters: { logTypes: logTypes.join(',') } }),
    },
    'eks-cluster-supported-version': {
      identifier: 'EKS_CLUSTER_SUPPORTED_VERSION',
      resourceType: cluster,
      periodic: false,
      parameters: { oldestVersionSupported: oldest },
    },
    'eks-node-encrypted-volumes': {
      identifier: 'ENCRYPTED_VOLUMES',
      resourceType: 'AWS::EC2::Volume',
      periodic: false,
    },
    ...(approvedAmis.length === 0
      ? {}
      : {
          'eks-node-approved-amis-by-id': {
            identifier: 'APPROVED_AMIS_BY_ID',
            resourceType: 'AWS::EC2::Instance',
            periodic: false,
            parameters: { amiIds: approvedAmis.join(',') },
          },
        }),
  };
}

/** What the plan wants of clusters is what Config's rules are given: it stands once. */
function settingsOfPlan(): DriftSettings {
  const text = readFileSync(join(import.meta.dirname, '..', 'runbooks', 'posture-drift.yaml'), 'utf8');
  return z.looseObject({ settings: driftSettings }).parse(parse(text)).settings;
}
