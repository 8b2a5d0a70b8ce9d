import { canonicalCidr, isWithin, widestPrefix } from '../../../tasks/network/addresses';

test.each([
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['100.68.0.18/18', '100.68.0.0/18'],
  ['198.51.100.7/32', '198.51.100.7/32'],
  [' 10.0.0.0/8 ', '10.0.0.0/8'],
  ['2001:0DB8:00FF::1/0', '::/0'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0001/64', '2001:db8::/64'],
  ['10/8', '10/8'],
  ['10.0.0.0', '10.0.0.0'],
  ['10.0.0.0/33', '10.0.0.0/33'],
  ['anything', 'anything'],
  ['', ''],
])('EC2 keeps %j as %j', (given, kept) => {
  expect(canonicalCidr(given)).toBe(kept);
});

test.each<[string, string[], number, number]>([
  ['nothing', [], 32, 128],
  ['one address', ['198.51.100.7/32'], 32, 128],
  ['the internet', ['0.0.0.0/0'], 0, 128],
  ['two halves', ['0.0.0.0/1', '128.0.0.0/1'], 0, 128],
  ['halves that overlap', ['0.0.0.0/1', '64.0.0.0/2', '0.0.0.0/1'], 1, 128],
  ['a half and a quarter', ['0.0.0.0/1', '128.0.0.0/2'], 1, 128],
  ['private networks', ['10.0.0.0/8', '192.168.0.0/16', 'fc00::/7'], 32, 128],
  ['more than a private network', ['10.0.0.0/7'], 7, 128],
  ['all of IPv6 that is routed', ['2000::/3'], 32, 3],
  ['its two halves', ['2000::/4', '3000::/4'], 32, 3],
  ['both families', ['9.0.0.0/8', '2001:db8::/32'], 8, 32],
  ['what is no range', ['10/8', ''], 32, 128],
])('%s', (_, cidrs, ipv4, ipv6) => {
  expect(widestPrefix(cidrs)).toEqual({ ipv4, ipv6 });
});

test.each([
  ['203.0.113.64/26', '203.0.113.0/24', true],
  ['203.0.113.0/24', '203.0.113.0/24', true],
  ['203.0.113.0/24', '203.0.113.64/26', false],
  ['198.51.100.0/24', '203.0.113.0/24', false],
  ['10.0.0.0/8', '0.0.0.0/0', true],
  ['0.0.0.0/0', '10.0.0.0/8', false],
  ['2001:db8::/48', '2001:db8::/32', true],
  ['2001:db8::/48', '0.0.0.0/0', false],
  ['10.0.0.0/8', '::/0', false],
  ['not a network', '0.0.0.0/0', false],
])('%s within %s: %s', (inner, outer, within) => {
  expect(isWithin(inner, outer)).toBe(within);
});
