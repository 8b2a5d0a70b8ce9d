import type { EndpointEventFacts } from '../../../../runbooks/endpoint-exposure';
import type { Json } from '../../../../runbooks/incident';
import { endpointExposureReader } from '../../../../tasks/categories/endpoint-exposure/reader';
import type { Event } from '../../../../tasks/triage/event';
import { calledEks } from '../../triage/eks-record';
import { delivered } from '../../triage/record';

const read = (event: Event) => endpointExposureReader.read(event);
const made = (resourcesVpcConfig: Json, response: Json = null, more: Readonly<Record<string, Json>> = {}) =>
  calledEks('CreateCluster', { name: 'demo', resourcesVpcConfig, ...more }, response);
const changed = (resourcesVpcConfig: Json, params: Json = []) =>
  calledEks('UpdateClusterConfig', { name: 'demo', resourcesVpcConfig }, { update: { id: 'u', params } });
const facts = (
  endpointPublic: EndpointEventFacts['endpointPublic'],
  publicCidrs: string[],
  privateAccess: EndpointEventFacts['privateAccess'],
  opensToInternet: EndpointEventFacts['opensToInternet'],
): EndpointEventFacts => ({ endpointPublic, publicCidrs, privateAccess, opensToInternet });
const world = '0.0.0.0/0';

test.each<[string, Event, EndpointEventFacts]>([
  ['nothing said', made({ subnetIds: ['subnet-1'] }), facts('yes', [world], 'no', 'yes')],
  ['nothing said at all', calledEks('CreateCluster', null), facts('yes', [world], 'no', 'yes')],
  [
    'an IPv6 cluster',
    made({}, null, { kubernetesNetworkConfig: { ipFamily: 'ipv6' } }),
    facts('yes', [world, '::/0'], 'no', 'yes'),
  ],
  [
    'public to some',
    made({ endpointPublicAccess: true, endpointPrivateAccess: true, publicAccessCidrs: ['203.0.113.0/24'] }),
    facts('yes', ['203.0.113.0/24'], 'yes', 'no'),
  ],
  [
    'as the response has it',
    made(
      {},
      { cluster: { resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['198.51.100.7/32'] } } },
    ),
    facts('yes', ['198.51.100.7/32'], 'no', 'no'),
  ],
  [
    'opened without a word on addresses',
    changed({ endpointPublicAccess: true }),
    facts('yes', [world], 'unknown', 'yes'),
  ],
  [
    'opened to some',
    changed({ endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] }),
    facts('yes', ['203.0.113.0/24'], 'unknown', 'no'),
  ],
  [
    'other addresses',
    changed({ publicAccessCidrs: ['192.0.2.9/0'] }),
    facts('unknown', ['192.0.2.9/0'], 'unknown', 'yes'),
  ],
  ['private access off', changed({ endpointPrivateAccess: false }), facts('unknown', [], 'no', 'unknown')],
  [
    'private access off, the rest by the update',
    changed({ endpointPrivateAccess: false }, [
      { type: 'EndpointPublicAccess', value: 'true' },
      { type: 'EndpointPrivateAccess', value: 'false' },
      { type: 'PublicAccessCidrs', value: '["203.0.113.0/24"]' },
    ]),
    facts('yes', ['203.0.113.0/24'], 'no', 'no'),
  ],
  [
    'a finding of Config',
    delivered('aws.config', 'Config Rules Compliance Change', {
      resourceType: 'AWS::EKS::Cluster',
      resourceId: 'demo',
      configRuleName: 'eks-endpoint-no-public-access',
      newEvaluationResult: { complianceType: 'NON_COMPLIANT' },
    }),
    facts('yes', [], 'unknown', 'unknown'),
  ],
])('%s', (_, event, expected) => {
  expect(read(event).facts).toEqual(expected);
});

test('what failed made nothing public', () => {
  const { facts: found, touches } = read(
    calledEks('CreateCluster', { name: 'demo' }, null, { errorCode: 'InvalidParameterException' }),
  );
  expect(found).toMatchObject({ endpointPublic: 'no', opensToInternet: 'no' });
  expect(touches).toEqual([]);
});

test.each([
  ['by its name', { name: 'demo' }],
  ['in the old way', { clusterName: 'demo' }],
  ['percent-encoded', { name: 'de%6Do' }],
])('the cluster is known %s', (_, named) => {
  expect(
    read(calledEks('UpdateClusterConfig', { ...named, resourcesVpcConfig: { endpointPublicAccess: true } })),
  ).toMatchObject({
    touches: [{ cluster: 'demo', kind: 'changed' }],
    subjects: [{ type: 'AWS::EKS::Cluster', id: 'demo' }],
  });
});
