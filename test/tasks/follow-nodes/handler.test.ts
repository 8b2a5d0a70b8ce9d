import { memoryTable } from '../../../replay/world/incident-table';
import type { Deps } from '../../../tasks/deps';
import { task } from '../../../tasks/follow-nodes/handler';
import { openStore } from '../../../tasks/store/store';
import { eventRecord, incidentRecord } from '../store/records';

const reach = { clusters: [{ name: 'payments', tags: {} }], touches: ['nodes'], exposed: [] };
const closing = { status: 'closed', outcome: 'remediated', closedAt: '2026-03-14T03:00:00.000Z' } as const;

/** An incident whose machine has started node-forensics on two nodes, of which `begun` have incidents by now. */
async function stage(begun: readonly string[]) {
  const store = openStore(memoryTable(), { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
  const told: string[] = [];
  await store.incidents.openOrJoin(incidentRecord('parent'), eventRecord('e1'), reach);
  for (const node of begun) {
    await store.incidents.openOrJoin(incidentRecord(`of-${node}`), eventRecord(node), reach);
    await store.incidents.noteChild('parent', { execution: `run-${node}`, node, incidentId: `of-${node}` });
  }
  const responders = { tell: async (_: string, text: string) => void told.push(text), present: async () => {} };
  const deps = { store, responders } as unknown as Deps;
  const look = (more: object = {}) =>
    task.run(
      {
        incidentId: 'parent',
        executions: ['run-i-1', 'run-i-2'],
        mayJudgeAgain: false,
        looks: 0,
        last: false,
        ...more,
      },
      deps,
    );
  return { store, look, told };
}

test('waits until every node’s incident is closed', async () => {
  const { store, look } = await stage(['i-1', 'i-2']);
  await expect(look()).resolves.toEqual({ state: 'pending' });
  await store.incidents.close('of-i-1', 'any', closing);
  await expect(look()).resolves.toEqual({ state: 'pending' });
  await store.incidents.close('of-i-2', 'any', closing);
  await expect(look()).resolves.toEqual({ state: 'done' });
});

test('a node for which no machine started is put to people, once, and keeps no other waiting', async () => {
  const { store, look, told } = await stage(['i-1']);
  await expect(look()).resolves.toEqual({ state: 'pending' });
  await expect(look({ looks: 5 })).resolves.toEqual({ state: 'pending' });
  await store.incidents.close('of-i-1', 'any', closing);
  await expect(look({ looks: 6 })).resolves.toEqual({ state: 'done' });
  expect(told).toEqual([expect.stringMatching(/was not started as run-i-2/)]);
  expect((await store.incidents.read('parent')).problems).toEqual(told);
});

test('what takes longer than anybody waits is named', async () => {
  const { look, told } = await stage(['i-1', 'i-2']);
  await expect(look({ looks: 1_439, last: true })).resolves.toEqual({ state: 'done' });
  expect(told).toEqual([
    expect.stringMatching(/i-1 is still being worked on.*of-i-1/),
    expect.stringMatching(/i-2 is still being worked on/),
  ]);
});

test('an event that joins is judged first', async () => {
  const { store, look } = await stage(['i-1', 'i-2']);
  await store.incidents.openOrJoin(incidentRecord('late', { correlation: 'parent' }), eventRecord('e2'), reach);
  await expect(look({ mayJudgeAgain: true })).resolves.toEqual({ state: 'outdated' });
});
