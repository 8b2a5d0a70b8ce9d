import { compilePattern } from '../../replay/event-patterns/pattern';
import type { Json } from '../../runbooks/incident';
import { networkChangeReader } from '../../tasks/categories/network-change/reader';
import { postureDriftReader } from '../../tasks/categories/posture-drift/reader';
import type { Event } from '../../tasks/triage/event';
import { workflows } from '../../workflows/registry';
import { called, delivered } from '../tasks/triage/record';

const patterns = workflows.map(({ id, pattern }) => [id, compilePattern(pattern)] as const);
const routesOf = (event: Event) => patterns.filter(([, it]) => it.matches(event)).map(([id]) => id);

const compliance = (resourceType: string, configRuleName: string, complianceType = 'NON_COMPLIANT') =>
  delivered('aws.config', 'Config Rules Compliance Change', {
    resourceType,
    configRuleName,
    resourceId: 'payments',
    messageType: 'ComplianceChangeNotification',
    newEvaluationResult: { complianceType },
  });
const stillBroken = (resourceType: string, configRuleName: string) => ({
  ...compliance(resourceType, configRuleName),
  source: 'eks-incident-response',
  'detail-type': 'Config Rule Still Broken',
});
const inspected = (type: string, resource: string, status = 'ACTIVE') =>
  delivered('aws.inspector2', 'Inspector2 Finding', {
    status,
    type,
    severity: 'HIGH',
    resources: [{ type: resource, id: 'i-0a1' }],
  });

test.each<[string, Event, string]>([
  ['eks-secrets-encrypted', compliance('AWS::EKS::Cluster', 'eks-secrets-encrypted'), 'secrets-without-key'],
  [
    'eks-cluster-secrets-encrypted',
    compliance('AWS::EKS::Cluster', 'eks-cluster-secrets-encrypted'),
    'secrets-without-key',
  ],
  ['eks-cluster-log-enabled', compliance('AWS::EKS::Cluster', 'eks-cluster-log-enabled'), 'logging-off'],
  [
    'eks-cluster-logging-enabled',
    compliance('AWS::EKS::Cluster', 'securityhub-eks-cluster-logging-enabled-1a'),
    'logging-off',
  ],
  [
    'eks-cluster-supported-version',
    compliance('AWS::EKS::Cluster', 'eks-cluster-supported-version'),
    'unapproved-version',
  ],
  [
    'EKS_CLUSTER_OLDEST_SUPPORTED_VERSION',
    compliance('AWS::EKS::Cluster', 'EKS_CLUSTER_OLDEST_SUPPORTED_VERSION'),
    'unapproved-version',
  ],
  ['a rule of our own on updates', compliance('AWS::EKS::Cluster', 'eks-cluster-failed-updates'), 'failed-update'],
  ['a rule of somebody’s own', compliance('AWS::EKS::Cluster', 'acme-cluster-tags'), 'other'],
  ['encrypted-volumes', compliance('AWS::EC2::Volume', 'encrypted-volumes'), 'unencrypted-volume'],
  ['a vulnerable instance', inspected('PACKAGE_VULNERABILITY', 'AWS_EC2_INSTANCE'), 'vulnerability'],
  ['a vulnerable image', inspected('PACKAGE_VULNERABILITY', 'AWS_ECR_CONTAINER_IMAGE'), 'vulnerability'],
  ['an open port', inspected('NETWORK_REACHABILITY', 'AWS_EC2_INSTANCE'), 'network-reachability'],
  [
    'a volume that our own look brings up again',
    stillBroken('AWS::EC2::Volume', 'encrypted-volumes'),
    'unencrypted-volume',
  ],
  [
    'what our own look finds',
    delivered('eks-incident-response', 'Cluster Drift Found', { cluster: 'payments', kind: 'failed-update' }),
    'failed-update',
  ],
])('%s is of posture-drift', (_, event, kind) => {
  expect(routesOf(event)).toEqual(['posture-drift']);
  expect(postureDriftReader.recognizes(event)).toBe(true);
  expect(postureDriftReader.read(event).facts.kind).toBe(kind);
});

test.each<[string, Event]>([
  ['a cluster that complies', compliance('AWS::EKS::Cluster', 'eks-secrets-encrypted', 'COMPLIANT')],
  ['a cluster with nothing to say', compliance('AWS::EKS::Cluster', 'eks-secrets-encrypted', 'NOT_APPLICABLE')],
  ['a public endpoint', compliance('AWS::EKS::Cluster', 'securityhub-eks-endpoint-no-public-access-7f93f7b4')],
  ['a volume without a backup', compliance('AWS::EC2::Volume', 'ebs-in-backup-plan')],
  ['a bucket without encryption', compliance('AWS::S3::Bucket', 's3-bucket-server-side-encryption-enabled')],
  ['a cluster of ECS', compliance('AWS::ECS::Cluster', 'ecs-container-insights-enabled')],
  ['a vulnerable function', inspected('PACKAGE_VULNERABILITY', 'AWS_LAMBDA_FUNCTION')],
  ['a fault in a function’s code', inspected('CODE_VULNERABILITY', 'AWS_LAMBDA_FUNCTION')],
  ['a finding that is closed', inspected('PACKAGE_VULNERABILITY', 'AWS_EC2_INSTANCE', 'CLOSED')],
  ['a finding that is suppressed', inspected('PACKAGE_VULNERABILITY', 'AWS_EC2_INSTANCE', 'SUPPRESSED')],
  ['a scan', delivered('aws.inspector2', 'Inspector2 Scan', { 'scan-status': 'INITIAL_SCAN_COMPLETE' })],
  ['a call to Config', called('PutEvaluations', null, null, { eventSource: 'config.amazonaws.com' })],
])('%s is not', (_, event) => {
  expect(routesOf(event)).not.toContain('posture-drift');
  expect(postureDriftReader.recognizes(event)).toBe(false);
});

test('a security group that deviates is of network-change', () => {
  expect(routesOf(compliance('AWS::EC2::SecurityGroup', 'eks-security-group-minimum'))).toEqual(['network-change']);
});

test('a finding of Inspector is read to its packages', () => {
  const detail: Record<string, Json> = {
    status: 'ACTIVE',
    type: 'PACKAGE_VULNERABILITY',
    severity: 'CRITICAL',
    inspectorScore: 9.8,
    exploitAvailable: 'YES',
    fixAvailable: 'PARTIAL',
    title: 'CVE-2026-1234 - openssl',
    packageVulnerabilityDetails: {
      vulnerabilityId: 'CVE-2026-1234',
      vulnerablePackages: [{ name: 'openssl', version: '3.0.7' }, { name: 'libssl' }],
    },
    resources: [{ type: 'AWS_ECR_CONTAINER_IMAGE', id: 'arn:aws:ecr:eu-west-1:1:repository/shop/sha256:0a' }],
  };
  const { facts, subjects } = postureDriftReader.read(delivered('aws.inspector2', 'Inspector2 Finding', detail));
  expect(facts).toEqual({
    kind: 'vulnerability',
    from: 'inspector',
    rule: null,
    cluster: null,
    vulnerability: 'CVE-2026-1234',
    level: 'critical',
    score: 9.8,
    exploitable: 'yes',
    fixable: 'yes',
    packages: ['openssl 3.0.7', 'libssl'],
    ports: [],
    summary: 'CVE-2026-1234 - openssl',
  });
  expect(subjects).toEqual([{ type: 'AWS::ECR::Image', id: 'arn:aws:ecr:eu-west-1:1:repository/shop/sha256:0a' }]);
});

test('a group that our own look brings up again goes where Config’s word of it goes', () => {
  for (const tell of [compliance, stillBroken]) {
    const event = tell('AWS::EC2::SecurityGroup', 'eks-security-group-minimum');
    expect(routesOf(event)).toEqual(['network-change']);
    expect(networkChangeReader.recognizes(event)).toBe(true);
  }
});
