import { compilePattern } from '../../replay/event-patterns/pattern';
import { clusterLifecycleCalls } from '../../runbooks/cluster-lifecycle';
import type { Json } from '../../runbooks/incident';
import { clusterLifecycleReader } from '../../tasks/categories/cluster-lifecycle/reader';
import { endpointExposureReader } from '../../tasks/categories/endpoint-exposure/reader';
import { networkChangeReader } from '../../tasks/categories/network-change/reader';
import type { Event } from '../../tasks/triage/event';
import { workflows } from '../../workflows/registry';
import { calledEks, denied, requests } from '../tasks/triage/eks-record';
import { delivered } from '../tasks/triage/record';

const patterns = new Map(workflows.map(({ id, pattern }) => [id, compilePattern(pattern)]));
const routesOf = (event: Event) => [...patterns].filter(([, it]) => it.matches(event)).map(([id]) => id);
const readersOf = (event: Event) =>
  [clusterLifecycleReader, endpointExposureReader, networkChangeReader]
    .filter((reader) => reader.recognizes(event))
    .map(({ category }) => category);

const lifecycle = ['cluster-lifecycle'];
const exposure = ['endpoint-exposure'];
const made = (resourcesVpcConfig: Json) => calledEks('CreateCluster', { name: 'demo', resourcesVpcConfig });
const configured = (request: Readonly<Record<string, Json>>) =>
  calledEks('UpdateClusterConfig', { name: 'demo', ...request });
const endpoint = (resourcesVpcConfig: Json) => configured({ resourcesVpcConfig });
const finding = (configRuleName: string, complianceType = 'NON_COMPLIANT', resourceType = 'AWS::EKS::Cluster') =>
  delivered('aws.config', 'Config Rules Compliance Change', {
    resourceType,
    resourceId: 'demo',
    configRuleName,
    newEvaluationResult: { complianceType },
  });

test('there is a record of every call of cluster-lifecycle', () => {
  expect(Object.keys(requests).sort()).toEqual(Object.keys(clusterLifecycleCalls).sort());
});

test.each(Object.entries(requests))('%s of EKS is of cluster-lifecycle', (name, request) => {
  const event = calledEks(name, request);
  expect(routesOf(event)).toEqual(lifecycle);
  expect(readersOf(event)).toEqual(lifecycle);
});

test.each(Object.entries(requests))(
  '%s that was recorded in the old way, with clusterName, is too',
  (name, request) => {
    const { name: cluster, ...rest } = request as Record<string, Json>;
    expect(
      routesOf(
        calledEks(name, {
          ...rest,
          ...(name === 'CreateCluster' ? { resourcesVpcConfig: { endpointPublicAccess: false } } : {}),
          clusterName: cluster ?? null,
        }),
      ),
    ).toEqual(lifecycle);
  },
);

const namesakes: readonly (readonly [service: string, calls: readonly string[]])[] = [
  ['ecs', ['CreateCluster', 'DeleteCluster', 'UpdateCluster']],
  ['redshift', ['CreateCluster', 'DeleteCluster', 'ModifyCluster']],
  ['kafka', ['CreateCluster', 'DeleteCluster', 'UpdateClusterConfiguration']],
  ['cloudhsm', ['CreateCluster', 'DeleteCluster']],
  ['dax', ['CreateCluster', 'DeleteCluster']],
  ['memorydb', ['CreateCluster', 'DeleteCluster', 'UpdateCluster']],
  ['rds', ['CreateDBCluster', 'DeleteDBCluster']],
  ['docdb-elastic', ['CreateCluster', 'DeleteCluster']],
  ['dsql', ['CreateCluster', 'DeleteCluster']],
  ['route53-recovery-control-config', ['CreateCluster', 'DeleteCluster']],
  ['snowball', ['CreateCluster']],
  ['emr-containers', ['CreateVirtualCluster', 'DeleteVirtualCluster']],
  ['sagemaker', ['CreateCluster', 'DeleteCluster']],
];

test.each(namesakes.flatMap(([service, calls]) => calls.map((call) => [call, service] as const)))(
  '%s of %s is of no category of ours',
  (name, service) => {
    const event = calledEks(name, { name: 'demo', clusterName: 'demo' }, null, {}, service);
    expect(routesOf(event)).toEqual([]);
    expect(readersOf(event)).toEqual([]);
  },
);

test.each(Object.entries(requests).filter(([name]) => name !== 'CreateCluster' && name !== 'DeleteCluster'))(
  '%s that failed or was denied opens nothing',
  (name, request) => {
    for (const errorCode of ['AccessDenied', 'ResourceInUseException', 'InvalidParameterException']) {
      expect(routesOf(calledEks(name, request, null, { errorCode }))).toEqual([]);
    }
  },
);

describe.each(['CreateCluster', 'DeleteCluster'])('%s', (name) => {
  test.each([
    ['AccessDenied', lifecycle],
    ['AccessDeniedException', lifecycle],
    ['ResourceNotFoundException', []],
    ['ResourceInUseException', []],
  ])('that ended in %s goes to %j', (errorCode, routes) => {
    expect(routesOf(calledEks(name, { name: 'demo' }, null, { errorCode }))).toEqual(routes);
  });
});

test.each(namesakes)('a denied call of %s is of no category of ours', (service, calls) => {
  for (const name of calls) {
    expect(routesOf(calledEks(name, { name: 'demo' }, null, denied, service))).toEqual([]);
  }
});

test.each<[string, Event, readonly string[]]>([
  ['a cluster made without a word on its endpoint', made({ subnetIds: ['subnet-1'] }), [...lifecycle, ...exposure]],
  [
    'a cluster made without a word on its VPC',
    calledEks('CreateCluster', { name: 'demo' }),
    [...lifecycle, ...exposure],
  ],
  ['a cluster made public', made({ endpointPublicAccess: true }), [...lifecycle, ...exposure]],
  [
    'a cluster made public to some',
    made({ endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] }),
    [...lifecycle, ...exposure],
  ],
  ['a cluster made private', made({ endpointPublicAccess: false, endpointPrivateAccess: true }), lifecycle],
  ['an endpoint opened', endpoint({ endpointPublicAccess: true }), exposure],
  ['an endpoint that lets others in', endpoint({ publicAccessCidrs: ['0.0.0.0/0'] }), exposure],
  ['private access switched off', endpoint({ endpointPrivateAccess: false }), exposure],
  ['an endpoint closed', endpoint({ endpointPublicAccess: false, endpointPrivateAccess: true }), []],
  ['private access switched on', endpoint({ endpointPrivateAccess: true }), []],
  ['the groups of a control plane', endpoint({ securityGroupIds: ['sg-1'] }), ['network-change']],
  ['the subnets of a control plane', endpoint({ subnetIds: ['subnet-1', 'subnet-2'] }), ['network-change']],
  ['logging', configured({ logging: { clusterLogging: [{ types: ['audit'], enabled: false }] } }), lifecycle],
  ['the authentication mode', configured({ accessConfig: { authenticationMode: 'API' } }), lifecycle],
  ['deletion protection', configured({ deletionProtection: false }), lifecycle],
  ['the support policy, which is nobody’s', configured({ upgradePolicy: { supportType: 'STANDARD' } }), []],
  ['zonal shift, which is nobody’s', configured({ zonalShiftConfig: { enabled: true } }), []],
  ['a finding of the rule', finding('eks-endpoint-no-public-access'), exposure],
  ['a finding of Security Hub’s rule', finding('securityhub-eks-endpoint-no-public-access-0a1b2c'), exposure],
  ['a finding of Control Tower’s rule', finding('AWSControlTower_AWS-GR_EKS_ENDPOINT_NO_PUBLIC_ACCESS'), exposure],
  ['a finding of a conformance pack’s rule', finding('EksEndpointNoPublicAccess-conformance-pack-0a1b2c'), exposure],
  ['a finding of an organisation’s own rule', finding('acme-eks-no-public-api-access'), exposure],
  [
    'a public endpoint of something else',
    finding('dms-endpoint-public-access', 'NON_COMPLIANT', 'AWS::DMS::Endpoint'),
    [],
  ],
  ['a cluster that complies', finding('eks-endpoint-no-public-access', 'COMPLIANT'), []],
])('%s goes where it belongs', (_, event, routes) => {
  expect(routesOf(event)).toEqual(routes);
  expect(readersOf(event)).toEqual(routes);
});

test('a call of our own roles goes nowhere', () => {
  const own = 'arn:aws:iam::111122223333:role/eks-incident-response/ApplyChanges-1';
  const userIdentity = { type: 'AssumedRole', sessionContext: { sessionIssuer: { arn: own } } };
  for (const [name, request] of Object.entries(requests)) {
    expect(routesOf(calledEks(name, request, null, { userIdentity }))).toEqual([]);
  }
  for (const name of ['CreateCluster', 'DeleteCluster'])
    expect(routesOf(calledEks(name, { name: 'demo' }, null, { ...denied, userIdentity }))).toEqual([]);
});

test.each([
  'DescribeCluster',
  'ListClusters',
  'DeleteAccessEntry',
  'UpdateAddon',
  'TagResource',
  'AssociateEncryptionConfig',
])('%s of EKS is of no category', (name) => {
  expect(routesOf(calledEks(name, { name: 'demo' }))).toEqual([]);
});
