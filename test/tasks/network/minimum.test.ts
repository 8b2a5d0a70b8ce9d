import type { SecurityGroupRule } from '../../../runbooks/network-change';
import { deviationsOf } from '../../../tasks/network/minimum';

const rule = (
  direction: 'ingress' | 'egress',
  peer: string,
  protocol = '-1',
  port: number | null = null,
): SecurityGroupRule => ({
  direction,
  protocol,
  fromPort: port,
  toPort: port,
  peer: peer.startsWith('sg-') ? { kind: 'group', id: peer, account: null } : { kind: 'ipv4', cidr: peer },
  description: null,
});
const own = [rule('ingress', 'sg-1'), rule('egress', '0.0.0.0/0')];
const narrow = (direction: 'ingress' | 'egress') => [
  rule(direction, 'sg-1', 'tcp', 443),
  rule(direction, 'sg-1', 'tcp', 10_250),
  rule(direction, 'sg-1', 'tcp', 53),
  rule(direction, 'sg-1', 'udp', 53),
];

test.each<[string, SecurityGroupRule[], boolean, string[]]>([
  ['as EKS makes it', own, true, []],
  ['with the least that it needs', [...narrow('ingress'), ...narrow('egress')], true, []],
  [
    'without DNS',
    [...narrow('ingress').slice(0, 2), ...narrow('egress')],
    true,
    ['has no ingress all traffic from sg-1'],
  ],
  ['without a way out', [rule('ingress', 'sg-1')], true, ['has no egress all traffic to 0.0.0.0/0']],
  ['open to the world', [...own, rule('ingress', '0.0.0.0/0', 'tcp', 22)], true, ['has ingress tcp 22 from 0.0.0.0/0']],
  ['of nodes, without anything', [], false, []],
  ['of nodes, open to the world', [rule('ingress', '0.0.0.0/0')], false, ['has ingress all traffic from 0.0.0.0/0']],
])('a group %s', (_, rules, isClusterGroup, deviations) => {
  expect(deviationsOf('sg-1', rules, { isClusterGroup })).toEqual(deviations);
});
