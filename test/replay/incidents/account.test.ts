import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { account } from '../../../replay/incidents/account';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const root = join(__dirname, '..', '..', '..');

async function told(...path: string[]): Promise<string> {
  const loaded = loadIncident(join(root, 'test', 'incidents', ...path));
  const { start, story } = loaded.incident;
  return account(await play(loaded), start, story);
}

test('the account says what was changed when and by whose leave, and what is preserved where', async () => {
  const miner = await told('node-compromise', '12-miner-from-finding-to-end.yaml');
  expect(miner).toMatch(/node-forensics-\S+: critical, contained\n +open +\+00:00:03 to \S+, for node-compromise-/);
  expect(miner).toMatch(
    /to contain it: [0-9a-f]{12}, automatic, as the plan says\n +\+00:00:0\d to \+00:00:[01]\d verified/,
  );
  expect(miner).toMatch(/to put it right: [0-9a-f]{12}, APPROVED: U07ALICE approve, U07DAVE approve/);
  expect(miner).toMatch(/snapshot +snap-[0-9a-f]{17} of vol-0a1000000000001, locked for 365 days, begun \+00:00:05/);
  expect(miner).toMatch(/copy of snap-[0-9a-f]{17}, locked for 365 days/);
  expect(miner).toMatch(/ in s3:\/\/eks-incident-evidence-111122223333\/incidents\/node-forensics-/);
});

test('what the README shows of the first incident is what is told', async () => {
  const shown = readFileSync(join(root, 'README.md'), 'utf8').match(/^\+\d\d:\d\d:\d\d .+$/gm) ?? [];
  const lines = (await told('01-world-open-ssh.yaml')).split('\n').map((line) => line.trim());
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((line) => !lines.some((it) => it.startsWith(line)))).toEqual([]);
});
