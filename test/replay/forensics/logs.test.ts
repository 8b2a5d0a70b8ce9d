import { join } from 'node:path';
import type { EstateDescription } from '../../../replay/estate/description';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const miner = loadIncident(join(__dirname, '..', '..', 'incidents', 'node-forensics', '01-miner.yaml'));

/** What the miner's node leaves in logs in an account that is otherwise, by the names of the objects. */
async function logged(others: Partial<EstateDescription> = {}) {
  const objects = new Map<string, unknown>();
  const { result } = await play({ ...miner, estate: { ...miner.estate, ...others } }, (kept) => {
    for (const { key, body } of kept)
      if (key.endsWith('.json')) objects.set(key.split('/').slice(3).join('/'), JSON.parse(body));
  });
  return { objects, incident: result.incidents[0] };
}
const messages = (kept: unknown) =>
  (kept as { records: { message: string }[] } | undefined)?.records.map(({ message }) => message);

test('of what was logged it keeps what concerns the node, the suspect pod and its service account', async () => {
  const { objects } = await logged();
  expect(messages(objects.get('i-0a10000000000000a/flow-log-records-1.json'))).toEqual([
    expect.stringContaining('10.20.1.10 198.51.100.23 41022 3333'),
  ]);
  expect(messages(objects.get('i-0a10000000000000a/audit-log.json'))).toEqual([
    expect.stringMatching(/"get".*"stripe"/),
  ]);
  expect(messages(objects.get('pods/audit-log.json'))).toEqual([
    expect.stringMatching(/"list".*"secrets"/),
    expect.stringMatching(/dev@example.com.*"exec"/),
  ]);
}, 30_000);

describe('what there is no log of is said, and nothing else is lost by it', () => {
  const { flowLogs, clusters, logGroups } = miner.estate;
  const cases: [string, Partial<EstateDescription>, string][] = [
    [
      'flow logs that go to S3 alone',
      { flowLogs: flowLogs.slice(1) },
      'fl-0a2 of subnet-0a1a1a1a1a1a1a1a1 is not read',
    ],
    ['no flow logs', { flowLogs: [] }, 'no flow log sees i-0a10000000000000a'],
    ['a log group that is gone', { logGroups: logGroups.slice(1) }, "Log group 'vpc-flow-logs' does not exist"],
    ['no audit log', { clusters: clusters.map((it) => ({ ...it, logging: ['api'] })) }, 'payments keeps no audit log'],
  ];
  test.each(cases)(
    '%s',
    async (_, others, problem) => {
      const { incident } = await logged(others);
      expect(incident?.problems.join()).toContain(problem);
      expect(incident).toMatchObject({ outcome: 'contained', sealed: true });
      expect(incident?.evidence.map(({ kind }) => kind)).toContain('snapshots');
    },
    30_000,
  );
});
