import { BadInput } from '../../../replay/cli/bad-input';
import { entryOf } from '../../../replay/cli/declare';

const declaration = { cluster: 'payments', node: ['i-0a10000000000000a'], reason: 'a shell', severity: 'high' };

test('a declaration is an event of our own source', () => {
  const { Source, DetailType, Detail } = entryOf({ ...declaration, namespace: 'shop' }, 'carol');
  expect({ Source, DetailType, detail: JSON.parse(Detail) }).toEqual({
    Source: 'eks-incident-response',
    DetailType: 'Incident Declared',
    detail: {
      cluster: 'payments',
      nodes: ['i-0a10000000000000a'],
      severity: 'high',
      reason: 'a shell',
      declaredBy: 'carol',
      namespace: 'shop',
    },
  });
});

test.each([
  ['no reason', { reason: ' ' }, /^--reason: /],
  ['a cluster that cannot be', { cluster: 'pay ments' }, /^--cluster pay ments: /],
  ['a node by its DNS name', { node: ['ip-10-0-0-1'] }, /^--node ip-10-0-0-1: /],
  ['a severity that there is not', { severity: 'terrible' }, /^--severity terrible: /],
])('%s is refused in one line', (_, change, says) => {
  const refused = () => entryOf({ ...declaration, ...change }, 'carol');
  expect(refused).toThrow(BadInput);
  expect(refused).toThrow(says);
});
