import type { SecurityGroupRule } from '../../../runbooks/network-change';
import { ruleKey } from '../../../tasks/network/rules';
import { describeRule } from '../../../tasks/network/wording';

const rule = (over: Partial<SecurityGroupRule>): SecurityGroupRule => ({
  direction: 'ingress',
  protocol: 'tcp',
  fromPort: 22,
  toPort: 22,
  peer: { kind: 'ipv4', cidr: '0.0.0.0/0' },
  description: null,
  ...over,
});
const v4 = (cidr: string) => rule({ peer: { kind: 'ipv4', cidr } });
const v6 = (cidr: string) => rule({ peer: { kind: 'ipv6', cidr } });
const group = (account: string | null) => rule({ peer: { kind: 'group', id: 'sg-1', account } });

test.each<[string, SecurityGroupRule, SecurityGroupRule]>([
  ['with host bits and without', v4('1.2.3.4/0'), v4('0.0.0.0/0')],
  ['of IPv6 written at length', v6('2001:0DB8:0:0::/32'), v6('2001:db8::/32')],
  ['with a description and without', rule({ description: 'x' }), rule({})],
  ['with the account and without', group('111122223333'), group(null)],
  [
    'of all ports with numbers and without',
    rule({ fromPort: 0, toPort: 65_535 }),
    rule({ fromPort: null, toPort: null }),
  ],
  [
    'of all ICMP with numbers and without',
    rule({ protocol: 'icmp', fromPort: -1, toPort: -1 }),
    rule({ protocol: 'icmp', fromPort: null, toPort: null }),
  ],
])('a rule %s is the same', (_, one, other) => {
  expect(ruleKey(one)).toBe(ruleKey(other));
});

test.each<[string, SecurityGroupRule, SecurityGroupRule]>([
  ['port', rule({}), rule({ fromPort: 23, toPort: 23 })],
  ['direction', rule({}), rule({ direction: 'egress' })],
  ['protocol', rule({}), rule({ protocol: 'udp' })],
  ['range', v4('10.0.0.0/8'), v4('10.0.0.0/9')],
  ['ICMP type', rule({ protocol: 'icmp', fromPort: 8, toPort: 0 }), rule({ protocol: 'icmp', fromPort: 0, toPort: 0 })],
])('a rule with another %s is another', (_, one, other) => {
  expect(ruleKey(one)).not.toBe(ruleKey(other));
});

test.each<[SecurityGroupRule, string]>([
  [rule({}), 'ingress tcp 22 from 0.0.0.0/0'],
  [rule({ direction: 'egress', toPort: 80 }), 'egress tcp 22-80 to 0.0.0.0/0'],
  [rule({ protocol: '-1', fromPort: null, toPort: null }), 'ingress all traffic from 0.0.0.0/0'],
  [rule({ protocol: 'icmp', fromPort: -1, toPort: -1 }), 'ingress icmp from 0.0.0.0/0'],
  [rule({ protocol: 'icmp', fromPort: 8, toPort: -1 }), 'ingress icmp type 8 from 0.0.0.0/0'],
  [rule({ protocol: 'icmp', fromPort: 3, toPort: 4 }), 'ingress icmp type 3 code 4 from 0.0.0.0/0'],
  [rule({ protocol: '47', fromPort: null, toPort: null }), 'ingress 47 from 0.0.0.0/0'],
])('%j reads as %s', (given, words) => {
  expect(describeRule(given)).toBe(words);
});
