import { join } from 'node:path';
import { account } from '../../../replay/incidents/account';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const file = join(__dirname, '..', '..', 'incidents', 'node-compromise', '12-miner-from-finding-to-end.yaml');

test('the account says what was changed when and by whose leave, and what is preserved where', async () => {
  const loaded = loadIncident(file);
  const { start, story } = loaded.incident;
  const told = account(await play(loaded), start, story);
  expect(told).toMatch(/node-forensics-\S+: critical, contained\n +open +\+00:00:03 to \S+, for node-compromise-/);
  expect(told).toMatch(/to contain it: [0-9a-f]{12}, automatic, as the plan says\n +\+00:00:0\d verified/);
  expect(told).toMatch(/to put it right: [0-9a-f]{12}, APPROVED: U07ALICE approve, U07DAVE approve/);
  expect(told).toMatch(/snapshot +snap-[0-9a-f]{17} of vol-0a1000000000001, locked for 365 days/);
  expect(told).toMatch(/copy of snap-[0-9a-f]{17}, locked for 365 days/);
  expect(told).toMatch(/ in s3:\/\/eks-incident-evidence-111122223333\/incidents\/node-forensics-/);
}, 30_000);
