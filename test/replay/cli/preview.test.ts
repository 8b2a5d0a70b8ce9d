import { join } from 'node:path';
import { preview } from '../../../replay/cli/preview';
import { faultOf } from '../../../replay/slack/block-kit';

const file = join(__dirname, '..', '..', 'incidents', '01-world-open-ssh.yaml');
let printed: string[];
const print = (text: string) => printed.push(text);
beforeEach(() => {
  printed = [];
});

test('prints the question as text and as blocks, and how the message ended', async () => {
  expect(await preview(file, false, print)).toBe(0);
  const text = printed.join('\n');
  expect(text).toContain('[ Approve 1 change(s) ]  [ Reject… ]  [ 30 min more ]');
  expect(text).toContain('"action_id": "approve"');
  expect(text).toContain('Closed: remediated');
  expect(text).toContain('[ Undo… ]');
});

test('prints every state of the message as JSON, each within Slack’s limits', async () => {
  expect(await preview(file, true, print)).toBe(0);
  const shown = JSON.parse(printed.join('\n')) as { text: string; blocks: unknown; readable: string; asks: boolean }[];
  expect(shown.filter(({ asks }) => asks)).toHaveLength(1);
  expect(shown.map(({ blocks }) => faultOf(blocks))).toEqual(shown.map(() => null));
  expect(shown.at(-1)?.readable).toContain('Applied and verified by @U07BOB');
});
