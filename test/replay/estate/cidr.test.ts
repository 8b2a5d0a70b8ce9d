import { storedCidr } from '../../../replay/estate/cidr';

test.each([
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['100.68.0.18/18', '100.68.0.0/18'],
  ['2001:0DB8::1/32', '2001:db8::/32'],
])('%s is kept as %s', (given, kept) => {
  expect(storedCidr(given)).toBe(kept);
});

test.each(['10/8', '10.0.0.0', '10.0.0.0/33', 'x', '', undefined])('%s is malformed', (given) => {
  expect(() => storedCidr(given)).toThrow(expect.objectContaining({ name: 'InvalidParameterValue' }));
});
