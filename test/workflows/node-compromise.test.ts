import { compilePattern, type EventPattern } from '../../replay/event-patterns/pattern';
import type { Json } from '../../runbooks/incident';
import { nodeCompromiseReader } from '../../tasks/categories/node-compromise/reader';
import type { Event } from '../../tasks/triage/event';
import { workflows } from '../../workflows/registry';
import { called, delivered } from '../tasks/triage/record';

const patterns = new Map(workflows.map(({ id, pattern }) => [id, compilePattern(pattern) as EventPattern]));
const routesOf = (event: Event) => [...patterns].filter(([, it]) => it.matches(event)).map(([id]) => id);

const finding = (type: string, resourceType: string, more: Record<string, Json> = {}) =>
  delivered('aws.guardduty', 'GuardDuty Finding', {
    id: '3ec1f2d6a4b84f0e9d7c5b3a19283746',
    accountId: '111122223333',
    type,
    severity: 8,
    resource: { resourceType },
    service: {},
    ...more,
  });
const sequence = (resources: Json) => ({ service: { detection: { sequence: { resources } } } });
const cluster = { resourceType: 'EKS_CLUSTER', uid: 'arn:aws:eks:eu-west-1:111122223333:cluster/payments' };
const compliance = (resourceType: string, configRuleName: string, complianceType = 'NON_COMPLIANT') =>
  delivered('aws.config', 'Config Rules Compliance Change', {
    resourceType,
    configRuleName,
    resourceId: 'i-0a10000000000000a',
    messageType: 'ComplianceChangeNotification',
    newEvaluationResult: { complianceType },
  });

test.each<[string, Event]>([
  ['of the API of Kubernetes', finding('Discovery:Kubernetes/SuccessfulAnonymousAccess', 'EKSCluster')],
  ['of a container', finding('Execution:Runtime/ReverseShell', 'EKSCluster')],
  ['of a process on an instance', finding('CryptoCurrency:Runtime/BitcoinTool.B', 'Instance')],
  ['of an instance', finding('Backdoor:EC2/C&CActivity.B!DNS', 'Instance')],
  ['of a malicious file on an instance', finding('Execution:EC2/MaliciousFile', 'Instance')],
  ['of a malicious file in a pod', finding('Execution:Kubernetes/MaliciousFile', 'EKSCluster')],
  ['of a malicious file in a container', finding('Execution:Container/SuspiciousFile', 'Container')],
  ['of an attack on a cluster', finding('AttackSequence:EKS/CompromisedCluster', 'AttackSequence')],
  ['of an attack on instances', finding('AttackSequence:EC2/CompromisedInstanceGroup', 'AttackSequence')],
  [
    'of stolen credentials that reached a cluster',
    finding(
      'AttackSequence:IAM/CompromisedCredentials',
      'AttackSequence',
      sequence([{ resourceType: 'ACCESS_KEY' }, cluster]),
    ),
  ],
  [
    'as the API of GuardDuty writes it',
    delivered('aws.guardduty', 'GuardDuty Finding', {
      Id: '3ec1f2d6a4b84f0e9d7c5b3a19283746',
      Type: 'PrivilegeEscalation:Kubernetes/PrivilegedContainer',
      Resource: { ResourceType: 'EKSCluster' },
    }),
  ],
  [
    'of an attack on a cluster, as the API writes it',
    delivered('aws.guardduty', 'GuardDuty Finding', { Type: 'AttackSequence:EKS/CompromisedCluster' }),
  ],
  [
    'of stolen credentials that reached a cluster, as the API writes it',
    delivered('aws.guardduty', 'GuardDuty Finding', {
      Type: 'AttackSequence:IAM/CompromisedCredentials',
      Service: {
        Detection: { Sequence: { Resources: [{ ResourceType: 'ACCESS_KEY' }, { ResourceType: 'EKS_CLUSTER' }] } },
      },
    }),
  ],
  [
    'of an image that our own look brings up again',
    delivered('eks-incident-response', 'Config Rule Still Broken', {
      resourceType: 'AWS::EC2::Instance',
      configRuleName: 'approved-amis-by-id',
      newEvaluationResult: { complianceType: 'NON_COMPLIANT' },
    }),
  ],
  ['of an image by its id', compliance('AWS::EC2::Instance', 'approved-amis-by-id')],
  ['of an image, by Security Hub', compliance('AWS::EC2::Instance', 'securityhub-approved-amis-by-tag-0a1b2c')],
  ['of an image, by a rule of our own', compliance('AWS::EC2::Instance', 'eks-node-unauthorized-ami')],
  ['of a responder', delivered('eks-incident-response', 'Incident Declared', { cluster: 'payments' })],
])('what is told %s is of node-compromise', (_, event) => {
  expect(routesOf(event)).toEqual(['node-compromise']);
  expect(nodeCompromiseReader.recognizes(event)).toBe(true);
});

test.each<[string, Event]>([
  ['a finding about a user', finding('Recon:IAMUser/MaliciousIPCaller.Custom', 'AccessKey')],
  ['a finding about a bucket', finding('PenTest:S3/ParrotLinux', 'S3Bucket')],
  ['a finding about a function', finding('Backdoor:Lambda/C&CActivity.B', 'Lambda')],
  ['a finding about a database', finding('CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin', 'RDSDBInstance')],
  ['a process in a task of ECS', finding('Execution:Runtime/ReverseShell', 'ECSCluster')],
  ['a malicious file in a task of ECS', finding('Execution:ECS/MaliciousFile', 'ECSCluster')],
  [
    'stolen credentials that reached no cluster',
    finding('AttackSequence:IAM/CompromisedCredentials', 'AttackSequence'),
  ],
  [
    'stolen credentials that reached a bucket',
    finding('AttackSequence:S3/CompromisedData', 'AttackSequence', sequence([{ resourceType: 'S3_BUCKET' }])),
  ],
  ['an instance that complies', compliance('AWS::EC2::Instance', 'approved-amis-by-id', 'COMPLIANT')],
  ['an instance that breaks another rule', compliance('AWS::EC2::Instance', 'ec2-imdsv2-check')],
  ['an instance of a family that nobody wants', compliance('AWS::EC2::Instance', 'ec2-instance-family')],
  ['a volume that breaks a rule on images', compliance('AWS::EC2::Volume', 'approved-amis-by-id')],
  ['a declaration from another source', delivered('com.example', 'Incident Declared', { cluster: 'payments' })],
  [
    'a scan of an object',
    delivered('aws.guardduty', 'GuardDuty Malware Protection Object Scan Result', { type: 'x:EC2/MaliciousFile' }),
  ],
  ['a call about findings', called('CreateSampleFindings', null, null, { eventSource: 'guardduty.amazonaws.com' })],
])('%s is not', (_, event) => {
  expect(routesOf(event)).not.toContain('node-compromise');
  expect(nodeCompromiseReader.recognizes(event)).toBe(false);
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
test.each(workflows.map(({ id, pattern }) => [id, pattern] as const))(
  'the pattern of %s is within 2,048 characters',
  (_, pattern) => {
    expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
  },
);
