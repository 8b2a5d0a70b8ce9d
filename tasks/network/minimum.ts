import type { SecurityGroupRule } from '../../runbooks/network-change';
import { isEveryAddress } from './addresses';
import { type ClusterTraffic, clusterTraffic, clusterTrafficOf } from './cluster-traffic';
import { letsTheWorldIn } from './rules';
import { describeRule } from './wording';

/**
 * The rules that bring a cluster security group back to what it cannot do without, none where it has it: the two that EKS
 * makes it with, everything between its members and everything out.
 */
export function missingOfMinimum(groupId: string, rules: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  const all = { protocol: '-1', fromPort: null, toPort: null, description: null } as const;
  const missing: SecurityGroupRule[] = [];
  if (!clusterTraffic.every((it) => rules.some((rule) => rule.direction === 'ingress' && carries(rule, groupId, it)))) {
    missing.push({ ...all, direction: 'ingress', peer: { kind: 'group', id: groupId, account: null } });
  }
  if (!clusterTraffic.every((it) => rules.some((rule) => rule.direction === 'egress' && carries(rule, groupId, it)))) {
    missing.push({ ...all, direction: 'egress', peer: { kind: 'ipv4', cidr: '0.0.0.0/0' } });
  }
  return missing;
}

function carries(rule: SecurityGroupRule, groupId: string, needed: ClusterTraffic): boolean {
  const { peer } = rule;
  const reaches = peer.kind === 'group' ? peer.id === groupId : peer.kind === 'ipv4' && isEveryAddress(peer.cidr);
  return reaches && clusterTrafficOf(rule).includes(needed);
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
