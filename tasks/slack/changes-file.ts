import stringify from 'safe-stable-stringify';
import type { ChangeSet } from '../../runbooks/change';
import { changesShown, linesOf } from './message';

/**
 * A change set that a message cannot show whole, as a file: what is approved, canonical, and the hash that names it. Null
 * where the message shows all of it.
 */
export function changesFile(
  set: ChangeSet,
  proposals: number,
): { name: string; content: string; comment: string } | null {
  if (set.changes.length <= changesShown(proposals) && set.changes.every(fits)) return null;
  const short = set.hash.slice(0, 12);
  return {
    name: `changes-${short}.json`,
    content: `${stringify(set, null, 2)}\n`,
    comment: `All ${set.changes.length} change(s) that are asked about, with the hash \`${set.hash}\`.`,
  };
}

/** Whether the message shows both sides of a change and all its warnings without cutting them. */
function fits(change: ChangeSet['changes'][number]): boolean {
  const { line, before, after } = change;
  const whole = line.length < 500 && [before, after].every((side) => JSON.stringify(side).length < 600);
  return whole && linesOf(change).hidden === 0;
}
