import { numbersOf, protocolName, protocolNumber } from '../../../tasks/network/protocols';

test.each([
  ['6', 'tcp', '6'],
  ['TCP', 'tcp', '6'],
  ['58', 'icmpv6', '58'],
  ['all', '-1', '-1'],
  ['50', '50', '50'],
  ['__proto__', '__proto__', '__proto__'],
])('%s is %s, or %s by number', (given, name, number) => {
  expect(protocolName(given)).toBe(name);
  expect(protocolNumber(given)).toBe(number);
});

test.each<[string, number | null, number | null, number | null, number | null]>([
  ['tcp', 22, 22, 22, 22],
  ['tcp', -1, -1, null, null],
  ['tcp', 22, -1, null, null],
  ['-1', 0, 0, null, null],
  ['icmp', -1, -1, -1, -1],
])('the ports of %s from %p to %p', (protocol, from, to, fromPort, toPort) => {
  expect(numbersOf(protocol, from, to)).toEqual({ fromPort, toPort });
});
