import { join } from 'node:path';
import type { EstateDescription } from '../../../replay/estate/description';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const incidents = join(__dirname, '..', '..', 'incidents', 'node-forensics');
const miner = loadIncident(join(incidents, '01-miner.yaml'));

/** What an incident leaves in logs in an account that is otherwise, by the names of the objects. */
async function logged(others: Partial<EstateDescription> = {}, from = miner) {
  const objects = new Map<string, unknown>();
  const { result } = await play({ ...from, estate: { ...from.estate, ...others } }, (kept) => {
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

test('of a flow log in S3 it keeps the records of the node, those of a file that somebody has deleted too', async () => {
  const { objects, incident } = await logged();
  const kept = objects.get('i-0a10000000000000a/flow-log-records-2.json');
  expect(kept).toMatchObject({
    files: [
      { records: [expect.stringContaining('198.51.100.66 10.20.1.11 52744 2379')] },
      { records: [expect.stringContaining('10.20.1.10 198.51.100.23 41022 3333')] },
    ],
    deleted: [{ key: expect.stringMatching(/day=12\/111122223333_.*20260512T0900Z/) as unknown }],
  });
  expect(
    incident?.evidence.find(({ description }) => description.endsWith('arn:aws:s3:::gathered-logs/network/')),
  ).toMatchObject({
    kind: 'flow-log-records',
    calls: expect.arrayContaining([expect.objectContaining({ call: 's3:GetObject' })]) as unknown,
  });
}, 30_000);

test('of a pod on Fargate it keeps what its service account did', async () => {
  const { objects } = await logged({}, loadIncident(join(incidents, '22-pod-on-fargate.yaml')));
  expect(messages(objects.get('pods/audit-log.json'))).toEqual([expect.stringMatching(/"list".*jobs:report/)]);
  expect(objects.get('fargate-ip-10-20-40-9.eu-central-1.compute.internal/audit-log.json')).toMatchObject({
    query: expect.stringContaining('system:node:fargate-ip-10-20-40-9') as unknown,
  });
}, 30_000);

describe('what there is no log of is said, and nothing else is lost by it', () => {
  const { flowLogs, clusters, logGroups } = miner.estate;
  const cases: [string, Partial<EstateDescription>, string][] = [
    [
      'flow logs in a bucket that was not given',
      { flowLogBuckets: [] },
      'fl-0a3 of vpc-0a11111111111111a is not read: it goes to arn:aws:s3:::gathered-logs/network/, which this deployment',
    ],
    [
      'flow logs in Parquet',
      { flowLogs: flowLogs.map((it) => ({ ...it, fileFormat: 'parquet' as const })) },
      '2 of 2 file(s) in gathered-logs are named and not read: it is not plain text',
    ],
    [
      'flow logs that name no interface',
      { flowLogs: flowLogs.map((it) => ({ ...it, format: 'srcaddr dstaddr' })) },
      'in a format that names no interface',
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
