import stringify from 'safe-stable-stringify';
import type { SecurityGroupRule } from '../../runbooks/network-change';
import { isEveryAddress } from './addresses';

/** What a rule allows, as a key: its description is no part of that. */
export function ruleKey({ description: _description, ...allows }: SecurityGroupRule): string {
  const { peer } = allows;
  // A reference within the account is written with its account's id or without.
  return stringify({ ...allows, peer: peer.kind === 'group' ? { kind: peer.kind, id: peer.id } : peer }) ?? '';
}

export function letsTheWorldIn({ direction, peer }: SecurityGroupRule): boolean {
  return direction === 'ingress' && (peer.kind === 'ipv4' || peer.kind === 'ipv6') && isEveryAddress(peer.cidr);
}

export function sortRules(rules: Iterable<SecurityGroupRule>): SecurityGroupRule[] {
  return [...rules].sort((a, b) => (ruleKey(a) < ruleKey(b) ? -1 : 1));
}
