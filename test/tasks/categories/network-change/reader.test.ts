import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readEvents } from '../../../../replay/cli/read-events';
import type { Json } from '../../../../runbooks/incident';
import {
  groupSettingCalls,
  type NetworkEventFacts,
  type NetworkTouch,
  networkChangeCalls,
  networkEventFacts,
  networkTouch,
} from '../../../../runbooks/network-change';
import { networkChangeReader } from '../../../../tasks/categories/network-change/reader';
import { event as eventSchema } from '../../../../tasks/triage/event';
import { called } from '../../triage/record';

type Row = [told: string, name: string, request: Json, response: Json, facts: Partial<NetworkEventFacts>];

const groupId = 'sg-0a';
const permission = (more: object, fields: object = { ipProtocol: 'tcp', fromPort: 22, toPort: 22 }): Json => ({
  groupId,
  ipPermissions: {
    items: [{ ...fields, groups: {}, ipRanges: {}, ipv6Ranges: {}, prefixListIds: {}, ...more }] as unknown as Json,
  },
});
const anyone = { ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } };
const flat = { groupId, ipPermissions: {}, ipProtocol: 'tcp', fromPort: 22, toPort: 22 };
const modification = (rule: object): Json => ({
  ModifySecurityGroupRulesRequest: {
    GroupId: groupId,
    SecurityGroupRule: { SecurityGroupRuleId: 'sgr-1', SecurityGroupRule: rule as Json, tag: 1 },
  },
});
const entry = {
  networkAclId: 'acl-1',
  ruleNumber: 90,
  egress: false,
  ruleAction: 'allow',
  icmpTypeCode: {},
  portRange: {},
};

const opening: Row[] = [
  [
    'nested',
    'AuthorizeSecurityGroupIngress',
    permission(anyone),
    null,
    { ports: ['22-22'], direction: 'ingress', effect: 'widens' },
  ],
  [
    'nested IPv6',
    'AuthorizeSecurityGroupIngress',
    permission({ ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] } }),
    null,
    { ports: ['22-22'] },
  ],
  [
    'ports written as texts',
    'AuthorizeSecurityGroupIngress',
    permission(anyone, { ipProtocol: 'tcp', fromPort: '80', toPort: '443' }),
    null,
    { ports: ['80-443'] },
  ],
  [
    'the protocol by its number',
    'AuthorizeSecurityGroupIngress',
    permission(anyone, { ipProtocol: '6', fromPort: 22, toPort: 22 }),
    null,
    { ports: ['22-22'] },
  ],
  [
    'all protocols without ports',
    'AuthorizeSecurityGroupIngress',
    permission(anyone, { ipProtocol: '-1' }),
    null,
    { ports: ['all'] },
  ],
  [
    'ICMP, whose type and code are no ports',
    'AuthorizeSecurityGroupIngress',
    permission(anyone, { ipProtocol: 'icmp', fromPort: 8, toPort: -1 }),
    null,
    { ports: ['all'] },
  ],
  ['flat', 'AuthorizeSecurityGroupIngress', { ...flat, cidrIp: '0.0.0.0/0' }, null, { ports: ['22-22'] }],
  ['any address of length 0', 'AuthorizeSecurityGroupIngress', { ...flat, cidrIp: '208.236.235.254/0' }, null, {}],
  ['flat IPv6', 'AuthorizeSecurityGroupIngress', { ...flat, cidrIp: '::/0' }, null, {}],
  [
    'by name, the id in the response',
    'AuthorizeSecurityGroupIngress',
    { ...flat, groupId: null, groupName: 'web', cidrIp: '0.0.0.0/0' },
    {
      securityGroupRuleSet: {
        items: [
          { groupId, securityGroupRuleId: 'sgr-1', ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIpv4: '0.0.0.0/0' },
        ],
      },
    },
    { ports: ['22-22'] },
  ],
  [
    'by name, the id nowhere',
    'AuthorizeSecurityGroupIngress',
    { ...flat, groupId: null, groupName: 'web', cidrIp: '0.0.0.0/0' },
    { _return: true },
    { ports: ['22-22'] },
  ],
  [
    'what leaves',
    'AuthorizeSecurityGroupEgress',
    permission(anyone, { ipProtocol: '-1' }),
    null,
    { direction: 'egress', ports: ['all'] },
  ],
  [
    'a rule modified',
    'ModifySecurityGroupRules',
    modification({ CidrIpv4: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389 }),
    null,
    { ports: ['3389-3389'], direction: null, effect: 'unknown' },
  ],
  [
    'a rule modified to IPv6',
    'ModifySecurityGroupRules',
    modification({ CidrIpv6: '::/0', IpProtocol: '-1' }),
    null,
    { ports: ['all'] },
  ],
  [
    'one of several rules modified',
    'ModifySecurityGroupRules',
    {
      ModifySecurityGroupRulesRequest: {
        GroupId: groupId,
        SecurityGroupRule: [
          {
            SecurityGroupRuleId: 'sgr-1',
            SecurityGroupRule: { CidrIpv4: '10.0.0.0/8', IpProtocol: 'tcp', FromPort: 22, ToPort: 22 },
          },
          {
            SecurityGroupRuleId: 'sgr-2',
            SecurityGroupRule: { CidrIpv4: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
          },
        ],
      },
    },
    null,
    { ports: ['22-22', '443-443'] },
  ],
  [
    'an entry of a network ACL',
    'CreateNetworkAclEntry',
    { ...entry, aclProtocol: '6', portRange: { from: 22, to: 22 }, cidrBlock: '0.0.0.0/0' },
    null,
    { ports: ['22-22'], direction: 'ingress', effect: 'widens' },
  ],
  [
    'an IPv6 entry for what leaves',
    'CreateNetworkAclEntry',
    { ...entry, egress: true, aclProtocol: '-1', ipv6CidrBlock: '::/0' },
    null,
    { ports: ['all'], direction: 'egress' },
  ],
  [
    'an entry replaced',
    'ReplaceNetworkAclEntry',
    { ...entry, aclProtocol: '17', portRange: { from: 53, to: 53 }, cidrBlock: '0.0.0.0/0' },
    null,
    { ports: ['53-53'], effect: 'unknown' },
  ],
  [
    'a prefix list',
    'ModifyManagedPrefixList',
    {
      ModifyManagedPrefixListRequest: {
        PrefixListId: 'pl-1',
        CurrentVersion: 1,
        AddEntry: { Cidr: '0.0.0.0/0', tag: 1 },
      },
    },
    null,
    { direction: 'both', effect: 'widens' },
  ],
];

const quiet: Row[] = [
  [
    'a narrower range',
    'AuthorizeSecurityGroupIngress',
    permission({ ipRanges: { items: [{ cidrIp: '0.0.0.0/16' }] } }),
    null,
    { effect: 'widens' },
  ],
  [
    'another group',
    'AuthorizeSecurityGroupIngress',
    permission({ groups: { items: [{ groupId: 'sg-0b', userId: '111122223333' }] } }),
    null,
    { effect: 'widens' },
  ],
  [
    'a revocation',
    'RevokeSecurityGroupIngress',
    { ...flat, cidrIp: '0.0.0.0/0' },
    { _return: true },
    { ports: ['22-22'], direction: 'ingress', effect: 'narrows' },
  ],
  [
    'a revocation by id, told by the response',
    'RevokeSecurityGroupIngress',
    { groupId, ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-1' }] } },
    {
      revokedSecurityGroupRuleSet: {
        items: [
          {
            groupId,
            securityGroupRuleId: 'sgr-1',
            ipProtocol: 'tcp',
            fromPort: 443,
            toPort: 443,
            cidrIpv4: '10.0.0.0/8',
          },
        ],
      },
    },
    { ports: ['443-443'], effect: 'narrows' },
  ],
  [
    'a revocation by id, told by nothing',
    'RevokeSecurityGroupEgress',
    { groupId, ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-1' }] } },
    { _return: true },
    { ports: [], direction: 'egress', effect: 'narrows' },
  ],
  [
    'a revocation of what was not there',
    'RevokeSecurityGroupIngress',
    { ...flat, cidrIp: '0.0.0.0/0' },
    { _return: true, unknownIpPermissionSet: { items: [{ ipProtocol: 'tcp' }] } },
    { ports: [], effect: 'unknown' },
  ],
  [
    'a rule modified to less',
    'ModifySecurityGroupRules',
    modification({ CidrIpv4: '10.0.0.0/8', IpProtocol: 'tcp', FromPort: 22, ToPort: 22 }),
    null,
    {},
  ],
  [
    'a deny',
    'CreateNetworkAclEntry',
    { ...entry, ruleAction: 'deny', aclProtocol: '-1', cidrBlock: '0.0.0.0/0' },
    null,
    { effect: 'narrows' },
  ],
  [
    'a new group',
    'CreateSecurityGroup',
    { groupName: 'web', vpcId: 'vpc-1' },
    { groupId },
    { effect: 'none', direction: null },
  ],
  ['a deleted group', 'DeleteSecurityGroup', { groupId }, null, { effect: 'narrows' }],
  [
    'a new network ACL',
    'CreateNetworkAcl',
    { vpcId: 'vpc-1' },
    { networkAcl: { networkAclId: 'acl-1' } },
    { effect: 'none' },
  ],
  ['a deleted network ACL', 'DeleteNetworkAcl', { networkAclId: 'acl-1' }, null, { effect: 'none' }],
  [
    'a group taken from a VPC',
    'DisassociateSecurityGroupVpc',
    { DisassociateSecurityGroupVpcRequest: { GroupId: groupId, VpcId: 'vpc-2' } },
    null,
    { effect: 'narrows' },
  ],
  [
    'a prefix list with less',
    'ModifyManagedPrefixList',
    {
      ModifyManagedPrefixListRequest: {
        PrefixListId: 'pl-1',
        RemoveEntry: [{ Cidr: '10.0.0.0/8' }, { Cidr: '10.1.0.0/16' }],
      },
    },
    null,
    { effect: 'narrows' },
  ],
  [
    'a description',
    'UpdateSecurityGroupRuleDescriptionsIngress',
    permission({ ipRanges: { items: [{ cidrIp: '0.0.0.0/0', description: 'new' }] } }),
    null,
    { ports: [], direction: null, effect: 'none' },
  ],
];

const unclear: Row[] = [
  [
    'what a prefix list holds',
    'AuthorizeSecurityGroupIngress',
    permission({ prefixListIds: { items: [{ prefixListId: 'pl-1' }] } }),
    null,
    { ports: ['22-22'] },
  ],
  [
    'what an entry was',
    'DeleteNetworkAclEntry',
    { networkAclId: 'acl-1', ruleNumber: 90, egress: true },
    null,
    { direction: 'egress', ports: [] },
  ],
  [
    'what a network ACL holds',
    'ReplaceNetworkAclAssociation',
    { associationId: 'aclassoc-1', networkAclId: 'acl-1' },
    { newAssociationId: 'aclassoc-2' },
    { direction: 'both' },
  ],
  [
    'what the groups of an interface allow',
    'ModifyNetworkInterfaceAttribute',
    { networkInterfaceId: 'eni-1', groupSet: { items: [{ groupId }] } },
    null,
    { direction: 'both' },
  ],
  [
    'what the groups of an instance allow',
    'ModifyInstanceAttribute',
    { instanceId: 'i-1', groupSet: { items: [{ groupId }] } },
    null,
    { direction: 'both' },
  ],
  [
    'what a group allows in another VPC',
    'AssociateSecurityGroupVpc',
    { AssociateSecurityGroupVpcRequest: { GroupId: groupId, VpcId: 'vpc-2' } },
    null,
    { direction: 'both' },
  ],
  ['a record that is not whole', 'AuthorizeSecurityGroupIngress', { groupId }, null, { effect: 'unknown' }],
  ['a record of nothing', 'ModifySecurityGroupRules', null, null, { effect: 'unknown' }],
];

describe.each([
  ['yes', opening],
  ['no', quiet],
  ['unknown', unclear],
] as const)('open to the internet: %s', (opensToInternet, rows) => {
  it.each(rows)('%s (%s)', (_told, name, request, response, expected) => {
    const reading = networkChangeReader.read(called(name, request, response));
    expect(reading.facts).toMatchObject({ opensToInternet, ...expected });
    expect(networkEventFacts.safeParse(reading.facts).success).toBe(true);
    expect(networkTouch.array().safeParse(reading.touches).success).toBe(true);
  });
});

describe('calls that changed nothing', () => {
  it.each(['AccessDenied', 'Client.UnauthorizedOperation', 'Client.DryRunOperation', 'InvalidParameterValue'])(
    'opens nothing, and says what was asked for: %s',
    (errorCode) => {
      const reading = networkChangeReader.read(
        called('AuthorizeSecurityGroupIngress', permission(anyone), null, { errorCode }),
      );
      expect(reading).toEqual({
        subjects: [{ type: 'AWS::EC2::SecurityGroup', id: groupId }],
        touches: [],
        facts: { opensToInternet: 'no', ports: ['22-22'], direction: 'ingress', effect: 'none' },
      });
    },
  );

  it('knows the ports that were asked for of a group by its name', () => {
    const asked = {
      groupName: 'web',
      ipProtocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      cidrIp: '0.0.0.0/0',
      ipPermissions: {},
    };
    const { facts } = networkChangeReader.read(
      called('AuthorizeSecurityGroupIngress', asked, null, { errorCode: 'Client.UnauthorizedOperation' }),
    );
    expect(facts).toEqual({ opensToInternet: 'no', ports: ['22-22'], direction: 'ingress', effect: 'none' });
  });
});

describe('what can be put back', () => {
  const rule = { direction: 'ingress', protocol: 'tcp', fromPort: 22, toPort: 22, description: null } as const;
  const cases: [string, string, Json, Json, NetworkTouch[]][] = [
    [
      'each range of each permission',
      'AuthorizeSecurityGroupIngress',
      permission({
        ipRanges: { items: [{ cidrIp: '10.0.0.0/8', description: 'office' }] },
        ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] },
        prefixListIds: { items: [{ prefixListId: 'pl-1' }] },
        groups: { items: [{ groupId: 'sg-0b', userId: '444455556666' }] },
      }),
      null,
      [
        {
          kind: 'rule-added',
          groupId,
          ruleId: null,
          rule: { ...rule, description: 'office', peer: { kind: 'ipv4', cidr: '10.0.0.0/8' } },
        },
        { kind: 'rule-added', groupId, ruleId: null, rule: { ...rule, peer: { kind: 'ipv6', cidr: '::/0' } } },
        { kind: 'rule-added', groupId, ruleId: null, rule: { ...rule, peer: { kind: 'prefix-list', id: 'pl-1' } } },
        {
          kind: 'rule-added',
          groupId,
          ruleId: null,
          rule: { ...rule, peer: { kind: 'group', id: 'sg-0b', account: '444455556666' } },
        },
      ],
    ],
    [
      'the rule that the response tells, with its id',
      'RevokeSecurityGroupIngress',
      { groupName: 'web', ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-1' }] } },
      {
        revokedSecurityGroupRuleSet: {
          items: [
            {
              groupId,
              securityGroupRuleId: 'sgr-1',
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              referencedGroupId: 'sg-0b',
            },
          ],
        },
      },
      [
        {
          kind: 'rule-removed',
          groupId,
          ruleId: 'sgr-1',
          rule: { ...rule, peer: { kind: 'group', id: 'sg-0b', account: null } },
        },
      ],
    ],
    [
      'a rule by its id alone',
      'RevokeSecurityGroupEgress',
      { groupId, ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-1' }] } },
      null,
      [{ kind: 'rule-removed-by-id', groupId, ruleId: 'sgr-1', direction: 'egress' }],
    ],
    [
      'an ICMP entry',
      'ReplaceNetworkAclEntry',
      { ...entry, aclProtocol: '1', icmpTypeCode: { type: 8, code: -1 }, cidrBlock: '10.0.0.0/8' },
      null,
      [
        {
          kind: 'acl-entry-replaced',
          networkAclId: 'acl-1',
          entry: {
            ruleNumber: 90,
            egress: false,
            action: 'allow',
            protocol: '1',
            cidr: '10.0.0.0/8',
            fromPort: null,
            toPort: null,
            icmp: { type: 8, code: -1 },
          },
        },
      ],
    ],
    [
      'an association',
      'ReplaceNetworkAclAssociation',
      { associationId: 'aclassoc-1', networkAclId: 'acl-1' },
      { newAssociationId: 'aclassoc-2' },
      [
        {
          kind: 'acl-association-replaced',
          networkAclId: 'acl-1',
          oldAssociationId: 'aclassoc-1',
          newAssociationId: 'aclassoc-2',
        },
      ],
    ],
    [
      'an earlier version of a prefix list',
      'RestoreManagedPrefixListVersion',
      { RestoreManagedPrefixListVersionRequest: { PrefixListId: 'pl-1', PreviousVersion: 1, CurrentVersion: 4 } },
      null,
      [{ kind: 'prefix-list-restored', prefixListId: 'pl-1' }],
    ],
    [
      'entries of a prefix list',
      'ModifyManagedPrefixList',
      {
        ModifyManagedPrefixListRequest: {
          PrefixListId: 'pl-1',
          AddEntry: [{ Cidr: '10.0.0.0/8', Description: 'office' }],
          RemoveEntry: { Cidr: '10.1.0.0/16' },
        },
      },
      null,
      [
        {
          kind: 'prefix-list-modified',
          prefixListId: 'pl-1',
          added: [{ cidr: '10.0.0.0/8', description: 'office' }],
          removed: ['10.1.0.0/16'],
        },
      ],
    ],
    [
      'nothing of a group that the record does not name',
      'AuthorizeSecurityGroupIngress',
      { ...flat, groupId: null, cidrIp: '0.0.0.0/0' },
      null,
      [],
    ],
  ];
  it.each(cases)('%s', (_told, name, request, response, touches) => {
    expect(networkChangeReader.read(called(name, request, response)).touches).toEqual(touches);
  });
});

describe('the calls of this category', () => {
  it.each([...networkChangeCalls])('%s', (name) => {
    expect(networkChangeReader.recognizes(called(name, {}))).toBe(true);
  });

  it.each([...groupSettingCalls])('%s where it sets groups, and nothing else', (name) => {
    expect(networkChangeReader.recognizes(called(name, { groupSet: { items: [{ groupId }] } }))).toBe(true);
    expect(networkChangeReader.recognizes(called(name, { groupSet: {} }))).toBe(false);
    expect(networkChangeReader.recognizes(called(name, { sourceDestCheck: { value: false } }))).toBe(false);
  });

  it('are EC2 calls: other services have some of the same names', () => {
    const elsewhere = called('CreateSecurityGroup', {}, null, { eventSource: 'neptune.amazonaws.com' });
    expect(networkChangeReader.recognizes(elsewhere)).toBe(false);
    expect(networkChangeReader.read(elsewhere).facts).toMatchObject({ opensToInternet: 'no', effect: 'none' });
  });

  const odd: Json[] = [
    null,
    'x',
    7,
    [],
    [null],
    { items: null },
    { ipPermissions: { items: [null, 'x', { ipRanges: 3 }] } },
  ];
  it.each([...networkChangeCalls, ...groupSettingCalls].flatMap((name) => odd.map((part) => [name, part] as const)))(
    '%s is read without an error whatever it holds: %j',
    (name, part) => {
      const { facts } = networkChangeReader.read(called(name, part, part));
      expect(networkEventFacts.safeParse(facts).success).toBe(true);
    },
  );
});

/** Records of real accounts: they lie beside some checkouts, are not ours to copy, and are no condition of passing. */
const realRecords = ['events.jsonl', 'noise.jsonl'].map((name) =>
  join(__dirname, '../../../../../shared/events', name),
);

describe('real records', () => {
  const present = realRecords.filter((path) => existsSync(path));
  if (present.length === 0) it('none lie beside this checkout: nothing was read', () => {});
  for (const path of present) {
    it(`are read without an error: ${basename(path)}`, () => {
      for (const given of readEvents(path)) {
        const { facts, touches } = networkChangeReader.read(eventSchema.parse(given.event));
        expect(networkEventFacts.safeParse(facts).success).toBe(true);
        expect(networkTouch.array().safeParse(touches).success).toBe(true);
      }
    });
  }
});
