import { compilePattern } from '../../replay/event-patterns/pattern';
import type { Json } from '../../runbooks/incident';
import { groupSettingCalls, networkChangeCalls } from '../../runbooks/network-change';
import { networkChangeReader } from '../../tasks/categories/network-change/reader';
import type { Event } from '../../tasks/triage/event';
import { workflows } from '../../workflows/registry';
import { called } from '../tasks/triage/record';

const patterns = workflows.map(({ id, pattern }) => [id, compilePattern(pattern)] as const);
const routesOf = (event: Event) => patterns.filter(([, it]) => it.matches(event)).map(([id]) => id);

const done = { requestId: 'r', _return: true };
const permission = {
  ipProtocol: 'tcp',
  fromPort: 22,
  toPort: 22,
  groups: {},
  ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] },
  ipv6Ranges: {},
  prefixListIds: {},
};
const rules = { groupId: 'sg-1', ipPermissions: { items: [permission] } };
const ruleSet = {
  items: [{ groupId: 'sg-1', securityGroupRuleId: 'sgr-1', ipProtocol: 'tcp', fromPort: 22, toPort: 22 }],
};
const groupSet = { items: [{ groupId: 'sg-1' }, { groupId: 'sg-2' }] };
const entry = {
  networkAclId: 'acl-1',
  ruleNumber: 100,
  egress: false,
  ruleAction: 'allow',
  aclProtocol: '6',
  cidrBlock: '0.0.0.0/0',
  icmpTypeCode: {},
  portRange: { from: 22, to: 22 },
};
const ofVpc = { GroupId: 'sg-1', VpcId: 'vpc-1' };

/** Each call as a trail records it: the younger ones are written whole, in PascalCase, under a field of their own. */
const calls: readonly (readonly [name: string, request: Json, response: Json])[] = [
  ['AuthorizeSecurityGroupIngress', rules, { ...done, securityGroupRuleSet: ruleSet }],
  ['AuthorizeSecurityGroupIngress', { groupName: 'web', ipPermissions: {}, cidrIp: '0.0.0.0/0' }, done],
  ['AuthorizeSecurityGroupEgress', rules, { ...done, securityGroupRuleSet: ruleSet }],
  ['RevokeSecurityGroupIngress', rules, { ...done, revokedSecurityGroupRuleSet: ruleSet }],
  ['RevokeSecurityGroupEgress', { groupId: 'sg-1', securityGroupRuleIds: { items: [{}] } }, done],
  [
    'ModifySecurityGroupRules',
    {
      ModifySecurityGroupRulesRequest: {
        GroupId: 'sg-1',
        SecurityGroupRule: { tag: 1, SecurityGroupRuleId: 'sgr-1', SecurityGroupRule: { CidrIpv4: '0.0.0.0/0' } },
      },
    },
    { ModifySecurityGroupRulesResponse: { return: true } },
  ],
  ['CreateSecurityGroup', { groupName: 'web', groupDescription: 'x', vpcId: 'vpc-1' }, { ...done, groupId: 'sg-1' }],
  ['DeleteSecurityGroup', { groupId: 'sg-1' }, done],
  ['AssociateSecurityGroupVpc', { AssociateSecurityGroupVpcRequest: ofVpc }, null],
  ['DisassociateSecurityGroupVpc', { DisassociateSecurityGroupVpcRequest: ofVpc }, null],
  [
    'ModifyManagedPrefixList',
    { ModifyManagedPrefixListRequest: { PrefixListId: 'pl-1', AddEntry: { tag: 1, Cidr: '0.0.0.0/0' } } },
    null,
  ],
  [
    'RestoreManagedPrefixListVersion',
    { RestoreManagedPrefixListVersionRequest: { PrefixListId: 'pl-1', PreviousVersion: 1, CurrentVersion: 4 } },
    { RestoreManagedPrefixListVersionResponse: { prefixList: { prefixListId: 'pl-1', state: 'restore-in-progress' } } },
  ],
  ['CreateNetworkAcl', { vpcId: 'vpc-1' }, { networkAcl: { networkAclId: 'acl-1', vpcId: 'vpc-1' } }],
  ['DeleteNetworkAcl', { networkAclId: 'acl-1' }, done],
  ['CreateNetworkAclEntry', entry, done],
  ['ReplaceNetworkAclEntry', { ...entry, aclProtocol: '-1', portRange: {} }, done],
  ['DeleteNetworkAclEntry', { networkAclId: 'acl-1', ruleNumber: 100, egress: true }, done],
  [
    'ReplaceNetworkAclAssociation',
    { associationId: 'aclassoc-1', networkAclId: 'acl-1' },
    { newAssociationId: 'aclassoc-2' },
  ],
  ['ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', groupSet }, done],
  ['ModifyInstanceAttribute', { instanceId: 'i-1', groupSet }, done],
];

const event = (name: string, request: Json, response: Json, more: Event['detail'] = {}, service = 'ec2') => ({
  ...called(name, request, response, { eventSource: `${service}.amazonaws.com`, ...more }),
  source: `aws.${service}`,
});

test('there is a record of every call', () => {
  const names = [...new Set(calls.map(([name]) => name))].sort();
  expect(names).toEqual([...networkChangeCalls, ...groupSettingCalls].sort());
});

const session = (partition: string) => ({
  type: 'AssumedRole',
  arn: `arn:${partition}:sts::444455556666:assumed-role/Admin/alice`,
  sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:${partition}:iam::444455556666:role/Admin` } },
});
const identities: readonly Json[] = [
  { type: 'Root', arn: 'arn:aws:iam::111122223333:root' },
  { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
  { type: 'IdentityCenterUser', onBehalfOf: { userId: 'u' } },
  { type: 'WebIdentityUser', userName: 'repo:acme/infra', identityProvider: 'x' },
  { type: 'AWSAccount', accountId: '444455556666' },
  session('aws'),
  session('aws-us-gov'),
  session('aws-cn'),
];

test.each(calls)('%s is of network-change, whoever calls', (name, request, response) => {
  for (const userIdentity of identities) {
    const record = event(name, request, response, { userIdentity });
    expect(routesOf(record)).toEqual(['network-change']);
    expect(networkChangeReader.recognizes(record)).toBe(true);
  }
  expect(routesOf(event(name, request, null))).toEqual(['network-change']);
});

test.each(calls)('%s of another service is of no category', (name, request, response) => {
  for (const service of ['elasticache', 'rds', 'redshift', 'lightsail', 'vpc-lattice', 'autoscaling', 'eks']) {
    const record = event(name, request, response, {}, service);
    expect(routesOf(record)).toEqual([]);
    expect(networkChangeReader.recognizes(record)).toBe(false);
  }
});

test.each(calls)('%s that changed nothing is of no category', (name, request) => {
  for (const errorCode of [
    'Client.UnauthorizedOperation',
    'Client.DryRunOperation',
    'Client.InvalidGroup.NotFound',
    'Server.InternalError',
  ])
    expect(routesOf(event(name, request, null, { errorCode }))).toEqual([]);
});

test.each(calls)('%s by our own role is of no category', (name, request, response) => {
  const arn = 'arn:aws:iam::111122223333:role/eks-incident-response/ApplyChanges-1';
  const userIdentity = { type: 'AssumedRole', sessionContext: { sessionIssuer: { arn } } };
  expect(routesOf(event(name, request, response, { userIdentity }))).toEqual([]);
});

test.each<[string, string, Json]>([
  ['elasticache', 'AuthorizeCacheSecurityGroupIngress', { cacheSecurityGroupName: 'x' }],
  ['rds', 'AuthorizeDBSecurityGroupIngress', { dBSecurityGroupName: 'x' }],
  ['redshift', 'AuthorizeClusterSecurityGroupIngress', { clusterSecurityGroupName: 'x' }],
  ['elasticloadbalancing', 'SetSecurityGroups', { securityGroups: ['sg-1'] }],
  ['elasticfilesystem', 'ModifyMountTargetSecurityGroups', { securityGroups: ['sg-1'] }],
  ['lightsail', 'PutInstancePublicPorts', { instanceName: 'x' }],
  ['ec2', 'UpdateSecurityGroupRuleDescriptionsIngress', rules],
  ['ec2', 'UpdateSecurityGroupRuleDescriptionsEgress', rules],
  ['ec2', 'DescribeSecurityGroups', { securityGroupSet: {} }],
  ['ec2', 'CreateNetworkInterface', { subnetId: 'subnet-1', groupSet }],
  ['ec2', 'ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', sourceDestCheck: { value: false } }],
  ['ec2', 'ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', attachment: { attachmentId: 'a' } }],
])('%s:%s is of no category', (service, name, request) => {
  expect(routesOf(event(name, request, null, {}, service))).toEqual([]);
});
