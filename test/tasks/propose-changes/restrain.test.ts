import type { Change } from '../../../runbooks/change';
import { restrain } from '../../../tasks/propose-changes/restrain';

const change = (more: Partial<Change> = {}) => ({ reversible: true, knownFrom: 'event', ...more }) as Change;

test.each([
  ['automatic', [change()], null, true, 'automatic', null],
  ['automatic', [change(), change({ reversible: false })], null, true, 'approval', /cannot be undone/],
  ['automatic', [change({ knownFrom: 'recommended-minimum' })], null, true, 'approval', /what stood before/],
  ['automatic', [change()], null, false, 'approval', /cap/],
  ['automatic', [change()], 'first weeks', true, 'observe', /first weeks/],
  ['approval', [change()], 'first weeks', true, 'observe', /first weeks/],
  ['approval', [change({ reversible: false })], null, true, 'approval', null],
  ['automatic', [change({ askBecause: 'It is the last.' })], null, true, 'approval', /the last/],
  ['approval', [change({ askBecause: 'It is the last.' })], null, true, 'approval', /the last/],
] as const)('%s of %j, brake %s, within the cap %s: %s', (mode, changes, braked, withinCap, becomes, because) => {
  const restraint = restrain({ mode, changes, braked, withinCap, scopeKnown: true });
  expect(restraint.mode).toBe(becomes);
  if (because === null) expect(restraint.because).toBeNull();
  else expect(restraint.because).toMatch(because);
});

test('what may touch no cluster of ours is not changed unasked', () => {
  const it = { changes: [change()], braked: null, withinCap: true, scopeKnown: false };
  expect(restrain({ ...it, mode: 'automatic' })).toEqual({
    mode: 'approval',
    because: expect.stringMatching(/could not be read/),
  });
  expect(restrain({ ...it, mode: 'approval' })).toEqual({ mode: 'approval', because: null });
});
