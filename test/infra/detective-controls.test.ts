import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { featureFlags } from '../../infra/feature-flags';
import { HubStack } from '../../infra/hub-stack';
import { hubTemplate } from '../../infra/template';
import { template } from './hub';

const everything = { guardDuty: true, inspector: true, approvedAmis: ['ami-0a10000000000000a'] } as const;
const outdir = mkdtempSync(join(tmpdir(), 'eks-ir-controls-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const templateWith = (parameters: Parameters<typeof hubTemplate>[0]) =>
  Template.fromJSON(hubTemplate(parameters) as Record<string, unknown>);

test.each([
  ['eks-endpoint-no-public-access', 'EKS_ENDPOINT_NO_PUBLIC_ACCESS'],
  ['eks-secrets-encrypted', 'EKS_SECRETS_ENCRYPTED'],
  ['eks-cluster-log-enabled', 'EKS_CLUSTER_LOG_ENABLED'],
  ['eks-cluster-supported-version', 'EKS_CLUSTER_SUPPORTED_VERSION'],
  ['eks-node-encrypted-volumes', 'ENCRYPTED_VOLUMES'],
])('%s is a rule of AWS Config’s own', (name, identifier) => {
  template.hasResourceProperties('AWS::Config::ConfigRule', {
    ConfigRuleName: name,
    Source: { Owner: 'AWS', SourceIdentifier: identifier },
  });
});

test.each([
  ['eks-cluster-failed-updates', 'failed-update'],
  ['eks-cluster-approved-version', 'unapproved-version'],
  ['eks-security-group-minimum', 'security-group-minimum'],
])('%s is judged by our function', (name, check) => {
  template.hasResourceProperties('AWS::Config::ConfigRule', {
    ConfigRuleName: name,
    InputParameters: { check },
    Source: {
      Owner: 'CUSTOM_LAMBDA',
      SourceIdentifier: { 'Fn::GetAtt': ['EvaluateComplianceFunction', 'Arn'] },
      SourceDetails: [{ EventSource: 'aws.config', MessageType: 'ScheduledNotification' }],
    },
  });
});

test('Config, of this account alone, may invoke our function', () => {
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'config.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  });
});

test('GuardDuty and Inspector are left alone, and images are not judged, unless that is asked for', () => {
  template.resourceCountIs('AWS::GuardDuty::Detector', 0);
  template.resourceCountIs('Custom::AWS', 0);
  expect(JSON.stringify(template.toJSON())).not.toContain('APPROVED_AMIS_BY_ID');
});

test('every six hours is too seldom for a failed update: it is looked for every hour', () => {
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)' });
});

describe('where all of it is asked for', () => {
  const full = templateWith(everything);

  test('GuardDuty watches audit logs, processes and volumes', () => {
    full.hasResourceProperties('AWS::GuardDuty::Detector', {
      Features: [
        { Name: 'EKS_AUDIT_LOGS', Status: 'ENABLED' },
        { Name: 'EBS_MALWARE_PROTECTION', Status: 'ENABLED' },
        { Name: 'RUNTIME_MONITORING', Status: 'ENABLED' },
      ],
    });
  });

  test('Inspector is switched on for instances and images', () => {
    expect(JSON.stringify(full.findResources('Custom::AWS'))).toContain('inspector2');
    full.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'iam:CreateServiceLinkedRole',
            Condition: {
              StringEquals: {
                'iam:AWSServiceName': ['inspector2.amazonaws.com', 'agentless.inspector2.amazonaws.com'],
              },
            },
          }),
        ]),
      },
    });
  });

  test('Config tells of every other image', () => {
    full.hasResourceProperties('AWS::Config::ConfigRule', {
      Source: { SourceIdentifier: 'APPROVED_AMIS_BY_ID' },
      InputParameters: { amiIds: 'ami-0a10000000000000a' },
    });
  });

  test('cdk-nag finds nothing that is not acknowledged', () => {
    const stack = new HubStack(new App({ outdir, postCliContext: featureFlags }), 'Hub', {
      codeOf: () => Code.fromInline('exports.handler = () => {};'),
      evidenceRetentionDays: 365,
      ...everything,
    });
    const { violations } = new AwsSolutionsChecks().validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});

test('without a recorder no rule is made', () => {
  templateWith({ configRules: false }).resourceCountIs('AWS::Config::ConfigRule', 0);
});
