import type { NetworkAclEntry, SecurityGroupRule } from '../../runbooks/network-change';

/** A rule as a responder reads it: `ingress tcp 22 from 0.0.0.0/0`. */
export function describeRule({ direction, protocol, fromPort, toPort, peer }: SecurityGroupRule): string {
  const place = peer.kind === 'ipv4' || peer.kind === 'ipv6' ? peer.cidr : peer.id;
  const ports = range(fromPort, toPort);
  return `${direction} ${protocol === '-1' ? 'all traffic' : `${protocol}${ports}`} ${direction === 'ingress' ? 'from' : 'to'} ${place}`;
}

const protocolNames: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

/** `egress 100 deny tcp 443 to 10.0.0.0/8`. */
export function describeEntry(entry: NetworkAclEntry): string {
  const protocol = entry.protocol === '-1' ? 'all traffic' : (protocolNames[entry.protocol] ?? entry.protocol);
  const ports = range(entry.fromPort, entry.toPort);
  const direction = entry.egress ? 'egress' : 'ingress';
  return `${direction} ${entry.ruleNumber} ${entry.action} ${protocol}${ports} ${entry.egress ? 'to' : 'from'} ${entry.cidr}`;
}

function range(from: number | null, to: number | null): string {
  if (from === null || to === null) return '';
  return from === to ? ` ${from}` : ` ${from}-${to}`;
}
