/** Protocols as the rules of security groups have them: four by name, all others by number, and `-1` for all of them. */

const names: ReadonlyMap<string, string> = new Map([
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
  ['58', 'icmpv6'],
]);

export function protocolName(given: string): string {
  const protocol = given.toLowerCase();
  return protocol === 'all' ? '-1' : (names.get(protocol) ?? protocol);
}

/** As the entries of network ACLs have it: by number, and `-1` for all. */
export function protocolNumber(given: string): string {
  const name = protocolName(given);
  return [...names].find((it) => it[1] === name)?.[0] ?? name;
}

/** Whether a service behind a port can be reached by it. */
export function carriesPorts(protocol: string): boolean {
  return ['tcp', 'udp', '-1'].includes(protocolName(protocol));
}

/**
 * The two numbers of a rule: ports, or ICMP's type and code. EC2 gives none as -1, as 0 or not at all; here they are null
 * where there are none or all ports are meant, while ICMP keeps its -1 for all.
 */
export function numbersOf(protocol: string, from: number | null | undefined, to: number | null | undefined) {
  if (protocol === 'icmp' || protocol === 'icmpv6') return { fromPort: from ?? null, toPort: to ?? null };
  const none = (protocol !== 'tcp' && protocol !== 'udp') || from == null || to == null || from < 0 || to < 0;
  return none ? { fromPort: null, toPort: null } : { fromPort: from, toPort: to };
}
