import type { SecurityGroupRule } from '../../runbooks/network-change';
import { isEveryAddress } from './addresses';
import { letsTheWorldIn } from './rules';
import { describeRule } from './wording';

/**
 * What a cluster security group has when EKS makes it: everything between its members, everything out. Restricted further,
 * 443, 10250 and 53 are what it cannot do without: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
 */
const required = [
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 10_250 },
  { protocol: 'tcp', port: 53 },
  { protocol: 'udp', port: 53 },
] as const;

/** The rules that bring a cluster security group back to what it cannot do without; none where it has it. */
export function missingOfMinimum(groupId: string, rules: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  const all = { protocol: '-1', fromPort: null, toPort: null, description: null } as const;
  const missing: SecurityGroupRule[] = [];
  if (!required.every((it) => rules.some((rule) => rule.direction === 'ingress' && carries(rule, groupId, it)))) {
    missing.push({ ...all, direction: 'ingress', peer: { kind: 'group', id: groupId, account: null } });
  }
  if (!required.every((it) => rules.some((rule) => rule.direction === 'egress' && carries(rule, groupId, it)))) {
    missing.push({ ...all, direction: 'egress', peer: { kind: 'ipv4', cidr: '0.0.0.0/0' } });
  }
  return missing;
}

function carries(
  { protocol, fromPort, toPort, peer }: SecurityGroupRule,
  groupId: string,
  needed: (typeof required)[number],
): boolean {
  const reaches = peer.kind === 'group' ? peer.id === groupId : peer.kind === 'ipv4' && isEveryAddress(peer.cidr);
  if (!reaches) return false;
  if (protocol === '-1') return true;
  if (protocol !== needed.protocol) return false;
  return fromPort === null || toPort === null || (fromPort <= needed.port && needed.port <= toPort);
}

/**
 * How a group of a cluster is away from what AWS recommends, in words: what is missing, where it is the cluster's own group,
 * and what lets every address in.
 */
export function deviationsOf(
  groupId: string,
  rules: readonly SecurityGroupRule[],
  { isClusterGroup }: { readonly isClusterGroup: boolean },
): string[] {
  const missing = isClusterGroup ? missingOfMinimum(groupId, rules) : [];
  return [
    ...missing.map((rule) => `has no ${describeRule(rule)}`),
    ...rules.filter(letsTheWorldIn).map((rule) => `has ${describeRule(rule)}`),
  ];
}
