import ipaddr from 'ipaddr.js';

/** What rules of security groups and entries of network ACLs let through, by address and by port. */

/** Whether a CIDR is every address there is, whatever its digits: `208.236.235.254/0` is. */
export function isEveryAddress(cidr: string): boolean {
  return /\/0+$/.test(cidr.trim());
}

/** `all` where the protocol has no ports, and where the rule is for all of them. */
export function portsOf(protocol: string, from: number | null, to: number | null): string[] {
  if ((protocol !== 'tcp' && protocol !== 'udp') || from === null || to === null || from < 0) return ['all'];
  return [`${from}-${to}`];
}

/** Whether every address of one CIDR is in another. What is no CIDR is within nothing. */
export function isWithin(inner: string, outer: string): boolean {
  if (!ipaddr.isValidCIDR(inner) || !ipaddr.isValidCIDR(outer)) return inner === outer;
  const [address, length] = ipaddr.parseCIDR(inner);
  const [network, most] = ipaddr.parseCIDR(outer);
  return address.kind() === network.kind() && length >= most && address.match(network, most);
}
