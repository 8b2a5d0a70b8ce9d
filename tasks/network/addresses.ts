import ipaddr from 'ipaddr.js';

/** What rules of security groups and entries of network ACLs let through, by address and by port. */

/** Whether a CIDR is every address there is, whatever its digits: `208.236.235.254/0` is. */
export function isEveryAddress(cidr: string): boolean {
  return /\/0+$/.test(cidr.trim());
}

/**
 * A CIDR as EC2 keeps it: without host bits, IPv6 compressed and in lower case. A record has what the caller wrote, every
 * answer of EC2's has this: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html. What is no CIDR stays as
 * it is.
 */
export function canonicalCidr(cidr: string): string {
  const parsed = parse(cidr);
  if (parsed === null) return cidr;
  const { family, length } = parsed;
  return family === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(cidr.trim())}/${length}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(cidr.trim()).toRFC5952String()}/${length}`;
}

/** `all` where the protocol has no ports, and where the rule is for all of them. */
export function portsOf(protocol: string, from: number | null, to: number | null): string[] {
  if ((protocol !== 'tcp' && protocol !== 'udp') || from === null || to === null || from < 0) return ['all'];
  return [`${from}-${to}`];
}

/** Whether a range of `portsOf` holds a port. */
export function holdsPort(range: string, port: number): boolean {
  if (range === 'all') return true;
  const [from = 0, to = 0] = range.split('-').map(Number);
  return from <= port && port <= to;
}

/**
 * How many public addresses some ranges are together, as the length of one prefix that wide, for each family; 32 and 128
 * where there is no more than one. Two halves of the internet are the internet.
 */
export function widestPrefix(cidrs: readonly string[]): { ipv4: number; ipv6: number } {
  const ranges = cidrs.flatMap((cidr) => parse(cidr) ?? []).filter((it) => !isPrivate(it));
  const of = (family: Range['family']) => {
    const addresses = together(ranges.filter((it) => it.family === family));
    return addresses === 0n ? bits[family] : bits[family] - (addresses.toString(2).length - 1);
  };
  return { ipv4: of('ipv4'), ipv6: of('ipv6') };
}

interface Range {
  readonly family: 'ipv4' | 'ipv6';
  readonly length: number;
  readonly first: bigint;
  readonly last: bigint;
}

const bits = { ipv4: 32, ipv6: 128 } as const;

function parse(text: string): Range | null {
  const cidr = text.trim();
  // Shorter ways to write an IPv4 address mean something else to everybody.
  const family = ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr) ? 'ipv4' : ipaddr.IPv6.isValidCIDR(cidr) ? 'ipv6' : null;
  if (family === null) return null;
  const [address, length] = ipaddr.parseCIDR(cidr);
  const size = 1n << BigInt(bits[family] - length);
  const given = BigInt(`0x${Buffer.from(address.toByteArray()).toString('hex')}`);
  const first = given - (given % size);
  return { family, length, first, last: first + size - 1n };
}

/** What is not routed on the internet: RFC 1918, 6598, 3927, 1122, 4193 and 4291. */
const privateRanges = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
].flatMap((cidr) => parse(cidr) ?? []);

/** Nor is this: RFC 1122, 5771, 1112, and what IPv6 has of the kind. */
const neverRouted = [
  ...privateRanges,
  ...['0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '::/128', 'ff00::/8'].flatMap((cidr) => parse(cidr) ?? []),
];

/** One address as a CIDR, an IPv4 address within an IPv6 one as what it is; null where it is none. */
export function singleAddress(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const is = ipaddr.process(address);
  return canonicalCidr(`${is.toString()}/${is.kind() === 'ipv4' ? 32 : 128}`);
}

/** Whether something on the internet may have any of these addresses. */
export function isOnInternet(cidr: string): boolean {
  const range = parse(cidr);
  return range !== null && !neverRouted.some((it) => holds(it, range));
}

function isPrivate(range: Range): boolean {
  return privateRanges.some((it) => holds(it, range));
}

function holds(outer: Range, inner: Range): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** How many addresses there are in ranges that may overlap. */
function together(ranges: readonly Range[]): bigint {
  let count = 0n;
  let next = 0n;
  for (const { first, last } of [...ranges].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    const from = first > next ? first : next;
    if (last < from) continue;
    count += last - from + 1n;
    next = last + 1n;
  }
  return count;
}

/** Whether every address of one CIDR is in another. What is no CIDR is within nothing. */
export function isWithin(inner: string, outer: string): boolean {
  const [one, other] = [parse(inner), parse(outer)];
  return one === null || other === null ? inner === outer : holds(other, one);
}
