import { join } from 'node:path';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const folder = join(__dirname, '..', '..', 'incidents', 'node-forensics');

test('an interface that came while the node was isolated does not wait for the snapshots to be cut off', async () => {
  const { moments } = await play(loadIncident(join(folder, '05-interface-attached-midway.yaml')));
  const first = (words: string) => moments.findIndex(({ text }) => text.includes(words));
  const told = first('eni-0a10000000000003a came after the isolation');
  expect(told).toBeGreaterThan(-1);
  expect(told).toBeLessThan(first('CopySnapshot'));
});
