import { isWithin } from '../../../tasks/network/addresses';

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
