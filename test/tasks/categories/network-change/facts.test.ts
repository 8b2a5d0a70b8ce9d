import type { NetworkChangeFacts } from '../../../../runbooks/network-change';
import { factsOf } from '../../../../tasks/categories/network-change/facts';
import { type Deed, type Stage, stage } from '../../actions/stage';

const nodes = 'sg-0d10d10d10d10d101';
const reach = { clusters: [{ name: 'payments', tags: {} }], touches: ['nodes'], exposed: [] };
const factsFrom = (on: Stage) => on.follow(factsOf(on.context, on.dossier(), reach, [22, 10_250]));

const allow = (protocol: string, ports: [number, number] | null, ...cidrs: string[]): Deed => [
  'ec2:AuthorizeSecurityGroupIngress',
  {
    GroupId: nodes,
    IpPermissions: cidrs.map((cidr) => ({
      IpProtocol: protocol,
      ...(ports === null ? {} : { FromPort: ports[0], ToPort: ports[1] }),
      ...(cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] }),
    })),
  },
];
const ssh: [number, number] = [22, 22];
const modify = (cidr: string): Deed => [
  'ec2:ModifySecurityGroupRules',
  {
    GroupId: nodes,
    SecurityGroupRules: [
      {
        SecurityGroupRuleId: 'sgr-0d100000000000001',
        SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: cidr },
      },
    ],
  },
];
const entry = (Protocol: string): Deed => [
  'ec2:ReplaceNetworkAclEntry',
  {
    NetworkAclId: 'acl-0aaaaaaaaaaaaaaaa',
    RuleNumber: 90,
    Egress: false,
    RuleAction: 'allow',
    Protocol,
    CidrBlock: '0.0.0.0/0',
    ...(Protocol === '1' ? { IcmpTypeCode: { Type: 8, Code: -1 } } : {}),
  },
];

test.each<[string, Deed[], Partial<NetworkChangeFacts>]>([
  ['TCP', [allow('tcp', ssh, '0.0.0.0/0')], { opensToInternet: 'yes', sensitivePorts: [22], protocols: ['tcp'] }],
  ['all traffic', [allow('-1', null, '0.0.0.0/0')], { sensitivePorts: [22, 10_250], protocols: ['-1'] }],
  ['ICMP', [allow('icmp', [8, -1], '0.0.0.0/0')], { opensToInternet: 'yes', sensitivePorts: [], protocols: ['icmp'] }],
  ['ICMPv6', [allow('icmpv6', [-1, -1], '::/0')], { opensToInternet: 'yes', sensitivePorts: [] }],
  ['GRE', [allow('47', null, '0.0.0.0/0')], { opensToInternet: 'yes', sensitivePorts: [], protocols: ['47'] }],
  ['ICMP by an entry', [entry('1')], { opensToInternet: 'yes', sensitivePorts: [], protocols: ['icmp'] }],
  ['all by an entry', [entry('-1')], { opensToInternet: 'yes', sensitivePorts: [22, 10_250] }],
  [
    'two halves',
    [allow('tcp', ssh, '0.0.0.0/1', '128.0.0.0/1')],
    { opensToInternet: 'no', widestPrefix: { ipv4: 0, ipv6: 128 }, sensitivePorts: [22], ports: ['22-22'] },
  ],
  [
    'two halves in two calls',
    [allow('tcp', ssh, '0.0.0.0/1'), allow('tcp', ssh, '128.0.0.0/1')],
    { widestPrefix: { ipv4: 0, ipv6: 128 }, sensitivePorts: [22] },
  ],
  [
    'all of IPv6 that is routed',
    [allow('tcp', ssh, '2000::/3')],
    { opensToInternet: 'no', widestPrefix: { ipv4: 32, ipv6: 3 }, sensitivePorts: [22] },
  ],
  ['a /8', [allow('tcp', ssh, '9.0.0.0/8')], { widestPrefix: { ipv4: 8, ipv6: 128 }, sensitivePorts: [] }],
  ['a private /8', [allow('tcp', ssh, '10.0.0.0/8')], { widestPrefix: { ipv4: 32, ipv6: 128 }, sensitivePorts: [] }],
  [
    'halves for sending',
    [
      [
        'ec2:AuthorizeSecurityGroupEgress',
        {
          GroupId: nodes,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/1' }] }],
        },
      ],
    ],
    { widestPrefix: { ipv4: 32, ipv6: 128 }, sensitivePorts: [], direction: 'egress' },
  ],
  [
    'halves in a prefix list',
    [
      [
        'ec2:ModifyManagedPrefixList',
        {
          PrefixListId: 'pl-0e10e10e10e10e101',
          CurrentVersion: 1,
          AddEntries: [{ Cidr: '0.0.0.0/1' }, { Cidr: '128.0.0.0/1' }],
        },
      ],
    ],
    { opensToInternet: 'no', widestPrefix: { ipv4: 0, ipv6: 128 }, ports: ['9443-9443'] },
  ],
])('%s', async (_, deeds, facts) => {
  const on = stage();
  await on.remember();
  await on.happens(...deeds);
  expect(await factsFrom(on)).toMatchObject(facts);
});

test('a version of a prefix list that was restored is judged by what the list holds now', async () => {
  const on = stage();
  const list = 'pl-0e10e10e10e10e101';
  await on.happens([
    'ec2:ModifyManagedPrefixList',
    { PrefixListId: list, CurrentVersion: 1, AddEntries: [{ Cidr: '0.0.0.0/0' }] },
  ]);
  const whole = on.dossier();
  const touches = [{ kind: 'prefix-list-restored', prefixListId: list }];
  const dossier = { ...whole, events: whole.events.map((it) => ({ ...it, touches })) };
  expect(await on.follow(factsOf(on.context, dossier, reach, [9_443]))).toMatchObject({
    opensToInternet: 'yes',
    ports: ['9443-9443'],
    sensitivePorts: [9_443],
    before: 'unknown',
  });
});

test.each(['AccessDeniedException', 'ThrottlingException', 'InternalServiceError'])(
  'a Config that answers %s does not know, and that is a problem',
  async (name) => {
    const on = stage();
    await on.happens(modify('0.0.0.0/0'));
    const error = { name, message: 'no' };
    on.estate.injectFault({ service: 'config', action: 'GetResourceConfigHistory', error });
    expect(await factsFrom(on)).toMatchObject({ opensToInternet: 'yes', sensitivePorts: [22], before: 'unknown' });
    expect([...on.context.problems]).toEqual([expect.stringContaining(name)]);
  },
);

test.each<[string, string, Deed, Partial<NetworkChangeFacts>]>([
  ['ec2', 'DescribeSecurityGroupRules', modify('0.0.0.0/0'), { opensToInternet: 'yes', sensitivePorts: [22] }],
  ['ec2', 'DescribeNetworkAcls', entry('6'), { opensToInternet: 'yes', before: 'unknown' }],
  [
    'ec2',
    'DescribeNetworkInterfaces',
    ['ec2:ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: 'eni-0a20000000000001b', Groups: [nodes] }],
    { opensToInternet: 'unknown', before: 'unknown' },
  ],
  ['eks', 'ListClusters', allow('tcp', ssh, '0.0.0.0/0'), { opensToInternet: 'yes', sensitivePorts: [22] }],
])('where %s:%s fails, what the record says decides', async (service, action, deed, facts) => {
  const on = stage();
  await on.remember();
  await on.happens(deed);
  on.estate.injectFault({ service, action, error: { name: 'UnauthorizedOperation', message: 'no' } });
  expect(await factsFrom(on)).toMatchObject(facts);
  expect(on.context.problems.size).toBe(1);
});
