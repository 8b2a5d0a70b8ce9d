import type { ChangeWindow } from '../../../../runbooks/cluster-lifecycle';
import { isWithin } from '../../../../tasks/categories/cluster-lifecycle/facts';

const evening: ChangeWindow = { days: ['tuesday', 'thursday'], from: '20:00', to: '23:00' };
const night: ChangeWindow = { days: ['friday'], from: '22:00', to: '04:00' };

// 2026-05-05 was a Tuesday.
test.each<[string, ChangeWindow, string, boolean]>([
  ['as it begins', evening, '2026-05-05T20:00:00.000Z', true],
  ['within', evening, '2026-05-07T22:59:59.000Z', true],
  ['as it ends', evening, '2026-05-05T23:00:00.000Z', false],
  ['before', evening, '2026-05-05T19:59:59.000Z', false],
  ['on another day', evening, '2026-05-06T21:00:00.000Z', false],
  ['late in the night', night, '2026-05-08T23:30:00.000Z', true],
  ['early in the morning after', night, '2026-05-09T03:59:00.000Z', true],
  ['early in the morning before', night, '2026-05-08T03:00:00.000Z', false],
  ['late in the night after', night, '2026-05-09T22:30:00.000Z', false],
])('a moment %s', (_, window, time, within) => {
  expect(isWithin(window, time)).toBe(within);
});
