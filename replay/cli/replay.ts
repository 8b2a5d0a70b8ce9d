import stringify from 'safe-stable-stringify';
import { account } from '../incidents/account';
import { playAll } from './play-all';

/** Plays incident files to their end. Answers the exit status: 0 where all went as expected, 1 otherwise. */
export async function replay(
  files: readonly string[],
  { json, keep }: { readonly json: boolean; readonly keep?: string },
  print: (text: string) => void,
): Promise<0 | 1> {
  const played = await playAll(files, keep, (one, { incident }) => {
    if (!json) print(account(one, incident.start, incident.story));
  });
  const passed = played.filter((it) => it.passed).length;
  if (json) print(stringify(played, null, 2) ?? '[]');
  else print(`\n${passed} of ${played.length} incident(s) went as expected`);
  return passed === played.length ? 0 : 1;
}
