import { restoreSecurityGroupRules as action } from '../../../tasks/actions/restore-security-group-rules';
import { type Deed, stage, testAction } from './stage';

const nodes = 'sg-0d10d10d10d10d101';
const kubelet = 'sgr-0d100000000000001';
const tcp = (port: number, cidr: string) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  ...(cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] }),
});
const authorize = (permission: object): Deed => [
  'ec2:AuthorizeSecurityGroupIngress',
  { GroupId: nodes, IpPermissions: [permission] },
];
const revoke = (permission: object): Deed => [
  'ec2:RevokeSecurityGroupIngress',
  { GroupId: nodes, IpPermissions: [permission] },
];
const modify = (ruleId: string, rule: object): Deed => [
  'ec2:ModifySecurityGroupRules',
  { GroupId: nodes, SecurityGroupRules: [{ SecurityGroupRuleId: ruleId, SecurityGroupRule: rule }] },
];
const kubeletRule = {
  IpProtocol: 'tcp',
  FromPort: 10_250,
  ToPort: 10_250,
  UserIdGroupPairs: [{ GroupId: 'sg-0c11c11c11c11c111', UserId: '111122223333', Description: 'API to kubelets' }],
};

testAction(action, [
  {
    name: 'a rule that was added',
    deeds: [authorize(tcp(22, '0.0.0.0/0'))],
    proposes: [`${nodes}: revoke ingress tcp 22 from 0.0.0.0/0`],
    knownFrom: 'event',
    calls: [revoke(tcp(22, '0.0.0.0/0'))],
  },
  {
    name: 'IPv6 in the caller’s own spelling',
    deeds: [authorize(tcp(22, '2001:0DB8:00FF::1/0'))],
    proposes: [`${nodes}: revoke ingress tcp 22 from ::/0`],
    calls: [revoke(tcp(22, '::/0'))],
  },
  {
    name: 'a rule modified to every address, written with other digits',
    deeds: [modify(kubelet, { IpProtocol: 'tcp', FromPort: 10_250, ToPort: 10_250, CidrIpv4: '1.2.3.4/0' })],
    proposes: [
      `${nodes}: revoke ingress tcp 10250 from 0.0.0.0/0; authorize ingress tcp 10250 from sg-0c11c11c11c11c111`,
    ],
    knownFrom: 'baseline',
    calls: [authorize(kubeletRule), revoke(tcp(10_250, '0.0.0.0/0'))],
  },
  {
    name: 'a rule modified twice',
    deeds: [
      modify(kubelet, { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '198.51.100.7/24' }),
      modify(kubelet, { IpProtocol: 'tcp', FromPort: 23, ToPort: 23, CidrIpv4: '198.51.100.7/24' }),
    ],
    proposes: [
      `${nodes}: revoke ingress tcp 23 from 198.51.100.0/24; authorize ingress tcp 10250 from sg-0c11c11c11c11c111`,
    ],
    calls: [authorize(kubeletRule), revoke(tcp(23, '198.51.100.0/24'))],
  },
  {
    name: 'a rule modified, and nobody knows what it was',
    recorded: false,
    deeds: [modify(kubelet, { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '0.0.0.0/0' })],
    proposes: [`${nodes}: revoke ingress tcp 22 from 0.0.0.0/0`],
    knownFrom: 'recommended-minimum',
    calls: [revoke(tcp(22, '0.0.0.0/0'))],
  },
  {
    name: 'a rule that was taken away',
    deeds: [['ec2:RevokeSecurityGroupIngress', { GroupId: nodes, SecurityGroupRuleIds: [kubelet] }]],
    proposes: [`${nodes}: authorize ingress tcp 10250 from sg-0c11c11c11c11c111`],
    calls: [authorize(kubeletRule)],
  },
  {
    name: 'ICMP of every code',
    deeds: [authorize({ IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] })],
    proposes: [`${nodes}: revoke ingress icmp type 8 from 0.0.0.0/0`],
    calls: [revoke({ IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] })],
  },
  {
    name: 'what was added and taken away again',
    deeds: [authorize(tcp(22, '0.0.0.0/0')), revoke(tcp(22, '0.0.0.0/0'))],
    proposes: [],
    calls: [],
  },
]);

test('a rule taken away by its id in an old record, and nobody knows what it was, is left to people', async () => {
  const { context, dossier, follow } = stage();
  const touches = [{ kind: 'rule-removed-by-id', groupId: nodes, ruleId: 'sgr-0', direction: 'ingress' }];
  const told = { ...dossier(), events: [{ ...oldRecord, touches }] };
  expect(await follow(action.propose(context, told))).toEqual([]);
  expect([...context.left]).toEqual([expect.stringContaining('what sgr-0')]);
});

const oldRecord = {
  eventId: 'e',
  time: '2026-10-01T05:00:00Z',
  name: 'RevokeSecurityGroupIngress',
  actor: null,
  subjects: [],
  facts: {},
};
