import { nodeCompromiseReader } from '../../../../tasks/categories/node-compromise/reader';
import type { Event } from '../../../../tasks/triage/event';
import { delivered } from '../../triage/record';

const finding = (detail: Event['detail']) => delivered('aws.guardduty', 'GuardDuty Finding', detail);
const factsOf = (event: Event) => nodeCompromiseReader.read(event).facts;

test('a finding of the runtime agent is followed to the pod, its node and the other side', () => {
  const { facts, subjects, touches } = nodeCompromiseReader.read(
    finding({
      id: 'f1',
      accountId: '111122223333',
      type: 'Execution:Runtime/ReverseShell',
      severity: 8,
      title: 'A process has opened a reverse shell.',
      resource: {
        resourceType: 'EKSCluster',
        eksClusterDetails: { name: 'payments' },
        instanceDetails: { instanceId: 'i-0a1' },
        kubernetesDetails: {
          kubernetesUserDetails: { username: 'system:serviceaccount:shop:checkout' },
          kubernetesWorkloadDetails: {
            name: 'checkout-1',
            type: 'pods',
            namespace: 'shop',
            volumes: [{ name: 'root', hostPath: { path: '/' } }],
            containers: [{ name: 'app', image: 'checkout:1', securityContext: { privileged: false } }],
          },
        },
      },
      service: {
        detectorId: 'd1',
        action: {
          actionType: 'NETWORK_CONNECTION',
          networkConnectionAction: { remoteIpDetails: { ipAddressV4: '198.51.100.9' } },
        },
        runtimeDetails: { process: { pid: 4711, lineage: [{ pid: 4702 }, { pid: 1 }] } },
      },
    }),
  );
  expect(facts).toEqual({
    kind: 'finding',
    finding: 'Execution:Runtime/ReverseShell',
    findingId: 'f1',
    detectorId: 'd1',
    family: 'runtime',
    score: 8,
    level: 'high',
    sample: false,
    cluster: 'payments',
    namespace: 'shop',
    workload: 'pods/checkout-1',
    pod: { namespace: 'shop', name: 'checkout-1' },
    processIds: [4711, 4702],
    username: 'system:serviceaccount:shop:checkout',
    privileged: 'yes',
    images: ['checkout:1'],
    instances: ['i-0a1'],
    accessKeys: [],
    remotes: ['198.51.100.9'],
    summary: 'A process has opened a reverse shell.',
  });
  expect(subjects).toEqual([
    { type: 'AWS::EKS::Cluster', id: 'payments' },
    { type: 'AWS::EC2::Instance', id: 'i-0a1' },
  ]);
  expect(touches).toEqual([{ kind: 'node', instanceId: 'i-0a1' }]);
});

test('both ways of writing a finding say the same', () => {
  const camel = {
    id: 'f1',
    type: 'PrivilegeEscalation:Kubernetes/PrivilegedContainer',
    severity: 5,
    resource: { resourceType: 'EKSCluster', eksClusterDetails: { name: 'payments' } },
    service: { detectorId: 'd1' },
  };
  const pascal = {
    Id: 'f1',
    Type: 'PrivilegeEscalation:Kubernetes/PrivilegedContainer',
    Severity: 5,
    Resource: { ResourceType: 'EKSCluster', EksClusterDetails: { Name: 'payments' } },
    Service: { DetectorId: 'd1' },
  };
  expect(factsOf(finding(pascal))).toEqual(factsOf(finding(camel)));
});

test.each([
  [9, 'critical'],
  [8.9, 'high'],
  [7, 'high'],
  [4, 'medium'],
  [3.9, 'low'],
  [0.5, 'informational'],
  [null, 'medium'],
])('a severity of %s is %s', (severity, level) => {
  expect(
    factsOf(finding({ type: 'Backdoor:EC2/Spambot', severity, resource: { resourceType: 'Instance' } })).level,
  ).toBe(level);
});

test.each<[string, Event['detail']]>([
  ['by its field', { service: { additionalInfo: { sample: true } } }],
  ['by the text within a field', { service: { additionalInfo: { value: '{"threatName":"x","sample":true}' } } }],
])('a sample is known %s', (_, detail) => {
  expect(
    factsOf(finding({ type: 'Backdoor:EC2/Spambot', resource: { resourceType: 'Instance' }, ...detail })).sample,
  ).toBe(true);
});

test.each<[string, Event['detail']]>([
  ['no workload', { kubernetesDetails: { kubernetesWorkloadDetails: null, kubernetesUserDetails: null } }],
  ['no details at all', {}],
  ['details of the wrong kind', { kubernetesDetails: 'x', eksClusterDetails: [], instanceDetails: null }],
])('a finding with %s is read without them', (_, resource) => {
  const { facts } = nodeCompromiseReader.read(
    finding({ type: 'Policy:Kubernetes/ExposedDashboard', resource: { resourceType: 'EKSCluster', ...resource } }),
  );
  expect(facts).toMatchObject({ cluster: null, workload: null, namespace: null, privileged: 'unknown', instances: [] });
});

test('an attack sequence spans what its resources name', () => {
  const { facts, touches } = nodeCompromiseReader.read(
    finding({
      type: 'AttackSequence:EKS/CompromisedCluster',
      severity: 9,
      resource: { resourceType: 'AttackSequence' },
      service: {
        detection: {
          sequence: {
            resources: [
              { resourceType: 'EKS_CLUSTER', uid: 'arn:aws:eks:eu-west-1:1:cluster/payments' },
              { resourceType: 'EC2_INSTANCE', uid: 'arn:aws:ec2:eu-west-1:1:instance/i-0a1' },
              { resourceType: 'ACCESS_KEY', uid: 'ASIAIOSFODNN7EXAMPLE' },
              { resourceType: 'KUBERNETES_WORKLOAD', name: 'web', data: { kubernetesWorkload: { namespace: 'shop' } } },
            ],
            endpoints: [{ ip: '198.51.100.9' }],
          },
        },
      },
    }),
  );
  expect(facts).toMatchObject({
    family: 'attack-sequence',
    level: 'critical',
    cluster: 'payments',
    namespace: 'shop',
    workload: 'workload/web',
    instances: ['i-0a1'],
    accessKeys: ['ASIAIOSFODNN7EXAMPLE'],
    remotes: ['198.51.100.9'],
  });
  expect(touches).toEqual([{ kind: 'node', instanceId: 'i-0a1' }]);
});

test.each<[string, Event['detail']]>([
  [
    'an instance',
    {
      type: 'Backdoor:EC2/C&CActivity.B',
      resource: {
        resourceType: 'Instance',
        instanceDetails: { tags: [{ key: 'eks:cluster-name', value: 'payments' }] },
      },
    },
  ],
  [
    'an instance, as the API writes it',
    {
      Type: 'Backdoor:EC2/C&CActivity.B',
      Resource: {
        ResourceType: 'Instance',
        InstanceDetails: { Tags: [{ Key: 'kubernetes.io/cluster/payments', Value: 'owned' }] },
      },
    },
  ],
  [
    'the instances of an attack',
    {
      type: 'AttackSequence:EC2/CompromisedInstanceGroup',
      service: {
        detection: {
          sequence: {
            resources: [{ resourceType: 'EC2_INSTANCE', tags: [{ key: 'aws:eks:cluster-name', value: 'payments' }] }],
          },
        },
      },
    },
  ],
])('the tags of %s in a finding name its cluster', (_told, detail) => {
  expect(factsOf(finding(detail))).toMatchObject({ cluster: 'payments' });
});
