import fc from 'fast-check';
import {
  type ClusterLifecycleEventFacts,
  clusterLifecycleEventFacts,
  clusterTouch,
} from '../../../../runbooks/cluster-lifecycle';
import type { Json } from '../../../../runbooks/incident';
import { clusterLifecycleReader } from '../../../../tasks/categories/cluster-lifecycle/reader';
import { calledEks, denied, requests } from '../../triage/eks-record';

const read = (name: string, request: Json = requests[name] ?? null, more = {}) =>
  clusterLifecycleReader.read(calledEks(name, request, null, more));
const role = 'arn:aws:iam::111122223333:role/helper';

test.each<[string, Partial<ClusterLifecycleEventFacts>]>([
  ['CreateCluster', { resource: 'cluster', kind: 'created', name: null, grantsAdmin: 'no' }],
  ['DeleteCluster', { resource: 'cluster', kind: 'deleted' }],
  ['UpdateClusterVersion', { resource: 'cluster', kind: 'upgraded', version: '1.34' }],
  [
    'CreateNodegroup',
    { resource: 'node-group', kind: 'created', name: 'gpu', scaling: { minSize: 1, maxSize: 9, desiredSize: 3 } },
  ],
  ['DeleteNodegroup', { resource: 'node-group', kind: 'deleted', name: 'gpu', scaling: null }],
  [
    'UpdateNodegroupConfig',
    { resource: 'node-group', kind: 'updated', scaling: { minSize: null, maxSize: 90, desiredSize: null } },
  ],
  ['UpdateNodegroupVersion', { resource: 'node-group', kind: 'upgraded', version: '1.34' }],
  ['CreateFargateProfile', { resource: 'fargate-profile', kind: 'created', name: 'batch' }],
  ['DeleteFargateProfile', { resource: 'fargate-profile', kind: 'deleted', name: 'batch' }],
  ['CreateAddon', { resource: 'add-on', kind: 'created', name: 'vpc-cni' }],
  ['DeleteAddon', { resource: 'add-on', kind: 'deleted', name: 'vpc-cni' }],
  ['CreateAccessEntry', { resource: 'access-entry', kind: 'granted', principal: role, grantsAdmin: 'no' }],
  [
    'AssociateAccessPolicy',
    {
      resource: 'access-entry',
      kind: 'granted',
      principal: role,
      grantsAdmin: 'yes',
      accessPolicy: 'AmazonEKSClusterAdminPolicy',
      accessScope: 'cluster',
    },
  ],
  ['UpdateAccessEntry', { resource: 'access-entry', kind: 'updated', principal: role, grantsAdmin: 'unknown' }],
  ['CreatePodIdentityAssociation', { resource: 'pod-identity', kind: 'granted', principal: role, grantsAdmin: 'no' }],
  ['UpdatePodIdentityAssociation', { resource: 'pod-identity', kind: 'updated', name: 'a-1', principal: role }],
  [
    'AssociateIdentityProviderConfig',
    { resource: 'identity-provider', kind: 'created', name: 'okta', grantsAdmin: 'unknown' },
  ],
  ['DisassociateIdentityProviderConfig', { resource: 'identity-provider', kind: 'deleted', name: 'okta' }],
])('%s', (name, expected) => {
  expect(read(name).facts).toMatchObject(expected);
});

const policy = (name: string, accessScope: Json) =>
  read('AssociateAccessPolicy', {
    name: 'payments',
    principalArn: encodeURIComponent(role),
    policyArn: encodeURIComponent(`arn:aws:eks::aws:cluster-access-policy/${name}`),
    accessScope,
  }).facts;

test.each<[string, Json, ClusterLifecycleEventFacts['grantsAdmin']]>([
  ['AmazonEKSClusterAdminPolicy', { type: 'cluster' }, 'yes'],
  // It may impersonate every service account.
  ['AmazonEKSAdminPolicy', { type: 'cluster' }, 'yes'],
  ['AmazonEKSAdminPolicy', { type: 'namespace', namespaces: ['shop'] }, 'no'],
  ['AmazonEKSAdminPolicy', null, 'unknown'],
  ['AmazonEKSEditPolicy', { type: 'cluster' }, 'no'],
  ['AmazonEKSViewPolicy', { type: 'cluster' }, 'no'],
])('%s for %j grants cluster admin: %s', (name, scope, grants) => {
  expect(policy(name, scope).grantsAdmin).toBe(grants);
});

test.each<[string, Json, string[], string[]]>([
  ['logs off', { logging: { clusterLogging: [{ types: ['audit'], enabled: false }] } }, ['logging'], ['logging']],
  [
    'some on, some off',
    {
      logging: {
        clusterLogging: [
          { types: ['api'], enabled: true },
          { types: ['audit'], enabled: false },
        ],
      },
    },
    ['logging'],
    ['logging'],
  ],
  ['logs on', { logging: { clusterLogging: [{ types: ['audit'], enabled: true }] } }, ['logging'], []],
  ['protection off', { deletionProtection: false }, ['deletion-protection'], ['deletion-protection']],
  ['protection on', { deletionProtection: true }, ['deletion-protection'], []],
  ['the mode', { accessConfig: { authenticationMode: 'API' } }, ['authentication-mode'], []],
])('of the settings it says which change and which are switched off: %s', (_, request, settings, weakens) => {
  const { facts } = read('UpdateClusterConfig', { name: 'payments', ...(request as object) });
  expect(facts).toMatchObject({ resource: 'cluster', kind: 'updated', settings, weakens });
});

test('a denied deletion is an attempt', () => {
  expect(read('DeleteCluster', { name: 'payments' }, denied)).toMatchObject({
    facts: { resource: 'cluster', kind: 'attempted' },
    touches: [{ cluster: 'payments', kind: 'attempted' }],
  });
});

test.each([
  ['arn:aws:eks:eu-central-1:111122223333:cluster/payments', [{ cluster: 'payments', kind: 'attempted' }]],
  [
    'arn:aws:eks:eu-central-1:111122223333:cluster/payments because no identity-based policy allows it',
    [{ cluster: 'payments' }],
  ],
  ['arn:aws:eks:eu-central-1:111122223333:cluster/*', []],
  ['arn:aws:iam::111122223333:role/payments', []],
])('a denied deletion whose record is without its request is about what IAM names: %s', (resource, touches) => {
  const errorMessage = `User: arn:aws:iam::111122223333:user/m is not authorized to perform: eks:DeleteCluster on resource: ${resource}`;
  expect(read('DeleteCluster', null, { ...denied, errorMessage })).toMatchObject({ touches });
});

test('what failed granted nothing and switched nothing off', () => {
  expect(read('AssociateAccessPolicy', undefined, denied).facts).toMatchObject({
    kind: 'attempted',
    grantsAdmin: 'no',
  });
  expect(read('UpdateClusterConfig', { name: 'p', deletionProtection: false }, denied).facts.weakens).toEqual([]);
});

test('whatever a record holds, it is read without an error and in the shape of the facts', () => {
  const names = fc.constantFrom(...Object.keys(requests), 'UpdateClusterConfig');
  const part = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom('name', 'principalArn', 'policyArn', 'logging', 'scalingConfig', 'accessScope', 'oidc'),
      fc.jsonValue(),
    ),
  );
  fc.assert(
    fc.property(names, part, part, (name, request, response) => {
      const { facts, touches } = clusterLifecycleReader.read(calledEks(name, request as Json, response as Json));
      expect(clusterLifecycleEventFacts.safeParse(facts).success).toBe(true);
      for (const touch of touches) expect(clusterTouch.safeParse(touch).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});
