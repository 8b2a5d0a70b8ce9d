import { loadIncident } from '../incidents/incident-file';
import { play } from '../incidents/play';
import { readable } from '../slack/readable';

/**
 * Prints the messages of an incident without a Slack: each question as it was asked and the head message as it ended, as
 * readable text and as the blocks that Slack would be sent. As JSON every state that the head message went through.
 */
export async function preview(file: string, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const played = await play(loadIncident(file));
  const { shown } = played.result;
  if (json) {
    print(
      JSON.stringify(
        shown.map((it) => ({ ...it, readable: readable(it) })),
        null,
        2,
      ),
    );
    return 0;
  }
  const asked = shown.filter(({ asks }) => asks);
  const last = shown.at(-1);
  const chosen = last === undefined || asked.includes(last) ? asked : [...asked, last];
  for (const { at, text, blocks } of chosen) {
    print(`\n${at}  ${text}\n`);
    print(readable({ text, blocks }));
    print(JSON.stringify(blocks, null, 2));
  }
  if (chosen.length === 0) print('Slack is told nothing of this incident.');
  return 0;
}
