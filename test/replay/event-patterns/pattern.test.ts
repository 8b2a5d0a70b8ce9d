import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePattern, InvalidEventPattern } from '../../../replay/event-patterns/pattern';

const event = {
  source: 'aws.ec2',
  'detail-type': 'AWS API Call via CloudTrail',
  resources: ['arn:aws:ec2:1', 'arn:aws:ec2:2'],
  detail: {
    eventName: 'RunInstances',
    count: 5,
    dryRun: false,
    nothing: null,
    empty: [],
    address: '10.1.2.3',
    userIdentity: { sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::1:role/app' } } },
    items: [
      { port: 22, cidr: '0.0.0.0/0' },
      { port: 443, cidr: '10.0.0.0/8' },
    ],
  },
};

describe('what matches', () => {
  test.each<[string, unknown, boolean]>([
    ['a value', { source: ['aws.ec2'] }, true],
    ['one of several values', { source: ['aws.eks', 'aws.ec2'] }, true],
    ['all fields together', { source: ['aws.ec2'], detail: { eventName: ['StopInstances'] } }, false],
    ['a number', { detail: { count: [5] } }, true],
    ['a number is no text', { detail: { count: ['5'] } }, false],
    ['a boolean', { detail: { dryRun: [false] } }, true],
    ['null', { detail: { nothing: [null] } }, true],
    ['null is not absence', { detail: { missing: [null] } }, false],
    ['any member of a list', { resources: ['arn:aws:ec2:2'] }, true],
    ['exists', { detail: { eventName: [{ exists: true }] } }, true],
    ['exists works on leaves only', { detail: { userIdentity: [{ exists: true }] } }, false],
    ['an empty list is not there', { detail: { empty: [{ exists: true }] } }, false],
    ['not exists', { detail: { errorCode: [{ exists: false }] } }, true],
    ['prefix', { detail: { eventName: [{ prefix: 'Run' }] } }, true],
    ['prefix in any case', { detail: { eventName: [{ prefix: { 'equals-ignore-case': 'rUN' } }] } }, true],
    ['suffix', { detail: { eventName: [{ suffix: 'Instances' }] } }, true],
    ['equal in any case', { detail: { eventName: [{ 'equals-ignore-case': 'runinstances' }] } }, true],
    ['a wildcard', { detail: { eventName: [{ wildcard: 'R*n*ces' }] } }, true],
    [
      'a wildcard whose parts would overlap',
      { detail: { eventName: [{ wildcard: 'RunInstances*Instances' }] } },
      false,
    ],
    ['a number in a range', { detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, true],
    ['an address in a block', { detail: { address: [{ cidr: '10.0.0.0/8' }] } }, true],
    ['an address of the other family', { detail: { address: [{ cidr: '::/0' }] } }, false],
    ['anything but', { detail: { eventName: [{ 'anything-but': ['StopInstances'] }] } }, true],
    ['anything but needs the field', { detail: { missing: [{ 'anything-but': 'x' }] } }, false],
    [
      'anything but a wildcard',
      {
        detail: {
          userIdentity: {
            sessionContext: { sessionIssuer: { arn: [{ 'anything-but': { wildcard: '*:role/app' } }] } },
          },
        },
      },
      false,
    ],
    [
      'one of two alternatives',
      { detail: { $or: [{ count: [{ numeric: ['<', 3] }] }, { eventName: ['RunInstances'] }] } },
      true,
    ],
    ['neither of two alternatives', { detail: { $or: [{ count: [1] }, { eventName: ['x'] }] } }, false],
    ['names joined by dots', { 'detail.eventName': ['RunInstances'] }, true],
    ['fields of one member of a list', { detail: { items: { port: [22], cidr: ['0.0.0.0/0'] } } }, true],
    ['fields of two members of a list', { detail: { items: { port: [443], cidr: ['0.0.0.0/0'] } } }, false],
  ])('%s', (_, pattern, matches) => {
    expect(compilePattern(pattern).matches(event)).toBe(matches);
  });
});

test.each([['7'], ['10.1'], ['0x7f.1'], ['010.1.1.1'], ['10.1.2.3.4'], [' 10.1.2.3'], [167_838_211]])(
  '%j is no address in a block',
  (value) => {
    expect(compilePattern({ n: [{ cidr: '0.0.0.0/0' }] }).matches({ n: value })).toBe(false);
  },
);

test.each([
  [5e9, true],
  [5_000_000_001, false],
  [1e300, false],
  [-5_000_000_001, false],
])('%d is within what EventBridge compares: %s', (value, within) => {
  const either = [{ numeric: ['>', 0] }, { numeric: ['<=', 0] }];
  expect(compilePattern({ n: either }).matches({ n: value })).toBe(within);
});

describe('what is refused', () => {
  test.each<[string, unknown]>([
    ['no object', 'aws.ec2'],
    ['an empty object', {}],
    ['an empty object within', { detail: {} }],
    ['a value outside a list', { source: 'aws.ec2' }],
    ['an empty list', { source: [] }],
    ['an unknown operator', { source: [{ contains: 'ec2' }] }],
    ['an operator in another case', { source: [{ Exists: true }] }],
    ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['exists of a text', { source: [{ exists: 'true' }] }],
    ['a range upside down', { n: [{ numeric: ['>', 5, '<', 0] }] }],
    ['half a range', { n: [{ numeric: ['>', 0, '<'] }] }],
    ['a block that is none', { n: [{ cidr: '10.0.0.0' }] }],
    ['a block in two parts', { n: [{ cidr: '10.0/16' }] }],
    ['a block in hexadecimal', { n: [{ cidr: '0x0a.0.0.0/8' }] }],
    ['two stars in a row', { n: [{ wildcard: 'a**b' }] }],
    ['too many wildcards', { n: [{ wildcard: '*:*:*:*:*:bus/*' }] }],
    ['anything but nothing', { n: [{ 'anything-but': [] }] }],
    ['anything but of mixed kinds', { n: [{ 'anything-but': ['a', 1] }] }],
    ['anything but an empty prefix', { n: [{ 'anything-but': { prefix: '' } }] }],
    ['a lone alternative', { $or: [{ a: [1] }] }],
    ['more than 4,096 characters', { n: ['x'.repeat(4_100)] }],
  ])('%s', (_, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidEventPattern);
  });
});

test('the reason says where', () => {
  expect(() => compilePattern({ detail: { userIdentity: { type: [] } } })).toThrow(/^detail\.userIdentity\.type: /);
});

// EventBridge's own verdicts on pairs of patterns and events, which lie beside the repository and not in it; where they are
// not there, nothing is measured.
const cases = join(__dirname, '..', '..', '..', '..', 'shared', 'event-patterns', 'cases.jsonl');

test(`at least 92 of 96 of EventBridge's own verdicts${existsSync(cases) ? '' : ' (not there: nothing measured)'}`, () => {
  if (!existsSync(cases)) return;
  const all = readFileSync(cases, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { pattern: unknown; event: unknown; expected: string });
  const right = all.filter(({ pattern, event: given, expected }) => {
    try {
      return (compilePattern(pattern).matches(given) ? 'match' : 'no-match') === expected;
    } catch {
      return expected === 'invalid';
    }
  });
  expect(right.length).toBeGreaterThanOrEqual(92);
});
