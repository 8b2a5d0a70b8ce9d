import { join } from 'node:path';
import { loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const folder = join(__dirname, '..', '..', 'incidents');

/** What nobody had to ask AWS for: it came by itself, or it is what the response itself decided and wrote. */
const ownRecord = new Set(['event', 'decision', 'change-set', 'approval', 'report', 'baseline', 'restoration-sheet']);

test.each([
  ['node-forensics/01-miner.yaml'],
  ['node-forensics/30-memory.yaml'],
  ['node-compromise/01-miner-on-a-node.yaml'],
  ['01-world-open-ssh.yaml'],
])(
  '%s: every entry says what it is, how large, who had it when, how, and by which request',
  async (name) => {
    const { result } = await play(loadIncident(join(folder, name)));
    const entries = result.incidents.flatMap(({ evidence }) => evidence);
    expect(entries.length).toBeGreaterThan(5);
    for (const entry of entries) {
      const { kind, calls = [] } = entry;
      expect(entry).toMatchObject({
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        versionId: expect.stringMatching(/./) as unknown,
        description: expect.stringMatching(/./) as unknown,
        collectedBy: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/) as unknown,
        collectedAt: expect.stringMatching(/^2026-.*Z$/) as unknown,
        requestId: expect.stringMatching(/./) as unknown,
      });
      expect(entry.sizeBytes).toBeGreaterThan(0);
      if (!ownRecord.has(kind)) expect({ kind, how: calls.length > 0 }).toEqual({ kind, how: true });
      for (const { call, requestId } of calls.filter((it) => !/^(kubernetes:|and )/.test(it.call))) {
        expect(call).toMatch(/^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/);
        expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      }
    }
  },
  60_000,
);

test('a piece says which calls were made for it, and no others', async () => {
  const { result } = await play(loadIncident(join(folder, 'node-forensics', '01-miner.yaml')));
  const callsOf = (kind: string) =>
    result.incidents[0]?.evidence.find((entry) => entry.kind === kind)?.calls?.map(({ call }) => call);
  expect(callsOf('volumes')).toEqual(['ec2:DescribeVolumes']);
  expect(callsOf('role')).toEqual([
    'iam:GetInstanceProfile',
    'iam:GetRole',
    'iam:ListAttachedRolePolicies',
    'iam:ListRolePolicies',
  ]);
  expect(callsOf('volatile-processes')).toEqual(['ssm:GetCommandInvocation', 's3:GetObject']);
  expect(callsOf('flow-logs')).toEqual(['ec2:DescribeFlowLogs']);
  expect(callsOf('flow-log-records')).toEqual([
    'logs:GetQueryResults',
    'logs:GetQueryResults',
    'logs:GetQueryResults',
    'logs:StartQuery',
  ]);
  expect(callsOf('pod')).toContain('kubernetes:GET /api/v1/namespaces/shop/pods/checkout-6d9f-x2x7k');
  expect(callsOf('event')).toEqual([]);
}, 60_000);
