import stringify from 'safe-stable-stringify';
import type { SecurityGroupRule } from '../../runbooks/network-change';
import { canonicalCidr, isEveryAddress } from './addresses';

/** What a rule allows, as a key, however it was written: its description is no part of that. */
export function ruleKey({ direction, protocol, fromPort, toPort, peer }: SecurityGroupRule): string {
  return stringify({ direction, protocol, peer: place(peer), ...range(protocol, fromPort, toPort) }) ?? '';
}

function place(peer: SecurityGroupRule['peer']) {
  switch (peer.kind) {
    case 'ipv4':
    case 'ipv6':
      return { kind: peer.kind, cidr: canonicalCidr(peer.cidr) };
    case 'prefix-list':
      return peer;
    case 'group':
      // A reference within the account is written with its account's id or without.
      return { kind: peer.kind, id: peer.id };
    default:
      return peer satisfies never;
  }
}

/** All ports and all types are written with their numbers or without. */
function range(protocol: string, from: number | null, to: number | null) {
  if (protocol === 'icmp' || protocol === 'icmpv6') return { from: from ?? -1, to: from === -1 ? -1 : (to ?? -1) };
  return from === 0 && to === 65_535 ? { from: null, to: null } : { from, to };
}

export function letsTheWorldIn({ direction, peer }: SecurityGroupRule): boolean {
  return direction === 'ingress' && (peer.kind === 'ipv4' || peer.kind === 'ipv6') && isEveryAddress(peer.cidr);
}

export function sortRules(rules: Iterable<SecurityGroupRule>): SecurityGroupRule[] {
  return [...rules].sort((a, b) => (ruleKey(a) < ruleKey(b) ? -1 : 1));
}
