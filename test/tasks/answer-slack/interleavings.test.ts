import fc from 'fast-check';
import { play, scenario } from './interleavings';

test('in whatever order it falls: one decision, the machine gets that one, and what is applied is what was shown', async () => {
  const heard = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (scheduler, it) => {
      heard.add(await play(scheduler, it));
    }),
    { numRuns: 300, seed: 20260314 },
  );
  // The runs are of no use if they all go one way.
  expect([...heard].sort()).toEqual(['apply-unanswered', 'approved', 'rejected', 'unanswered']);
}, 60_000);
