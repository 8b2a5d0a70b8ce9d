import type { NetworkAclEntry, SecurityGroupRule } from '../../runbooks/network-change';
import { protocolName } from './protocols';

/** A rule as a responder reads it: `ingress tcp 22 from 0.0.0.0/0`. */
export function describeRule({ direction, protocol, fromPort, toPort, peer }: SecurityGroupRule): string {
  const place = peer.kind === 'ipv4' || peer.kind === 'ipv6' ? peer.cidr : peer.id;
  const traffic = describeTraffic(protocol, fromPort, toPort);
  return `${direction} ${traffic} ${direction === 'ingress' ? 'from' : 'to'} ${place}`;
}

/** `egress 100 deny tcp 443 to 10.0.0.0/8`. */
export function describeEntry(entry: NetworkAclEntry): string {
  const [from, to] = entry.icmp === null ? [entry.fromPort, entry.toPort] : [entry.icmp.type, entry.icmp.code];
  const traffic = describeTraffic(entry.protocol, from, to);
  const direction = entry.egress ? 'egress' : 'ingress';
  return `${direction} ${entry.ruleNumber} ${entry.action} ${traffic} ${entry.egress ? 'to' : 'from'} ${entry.cidr}`;
}

/** `tcp 22`, `udp 1024-65535`, `icmp type 8 code 0`, `all traffic`. */
function describeTraffic(given: string, from: number | null, to: number | null): string {
  const protocol = protocolName(given);
  if (protocol === '-1') return 'all traffic';
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    if (from === null || from < 0) return protocol;
    return `${protocol} type ${from}${to === null || to < 0 ? '' : ` code ${to}`}`;
  }
  if (from === null || to === null) return protocol;
  return from === to ? `${protocol} ${from}` : `${protocol} ${from}-${to}`;
}
