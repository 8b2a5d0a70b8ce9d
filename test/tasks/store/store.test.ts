import { hashEntry } from '../../../runbooks/evidence';
import type { Incident, Reach, StoredEvent } from '../../../tasks/store/incidents';
import { openStore, type Store } from '../../../tasks/store/store';
import { type ServedTable, serveTable } from '../../served-table';
import { eventRecord, incidentRecord } from './records';

let table: ServedTable;
let store: Store;
let count = 0;

beforeAll(async () => {
  table = await serveTable('incidents');
  store = openStore(table.client, { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
});
afterAll(() => table.close());

const reach: Reach = { clusters: [{ name: 'payments', tags: {} }], touches: ['nodes'], exposed: [] };

function event(id: string): StoredEvent {
  return eventRecord(id, { time: `2026-03-14T02:47:${id.padStart(2, '0')}.000Z` });
}

function candidate(id: string, correlation: string): Incident {
  return incidentRecord(id, { correlation });
}

const closing = { status: 'closed', outcome: 'recorded', closedAt: '2026-03-14T03:00:00.000Z' } as const;

describe('the open incident of a subject', () => {
  test('of twenty executions at once one owns it, and every event lies in it once', async () => {
    const correlation = `storm-${++count}`;
    const dispositions = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.incidents.openOrJoin(candidate(`storm-${count}-${index}`, correlation), event(String(index)), reach),
      ),
    );
    expect(dispositions.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const owner = new Set(dispositions.map(({ incidentId }) => incidentId));
    expect(owner.size).toBe(1);
    const [id = ''] = owner;
    expect((await store.incidents.events(id)).events).toHaveLength(20);
    expect((await store.incidents.read(id)).version).toBe(20);
  });

  test('closing refuses while an event has joined that was not judged', async () => {
    const correlation = `late-${++count}`;
    const { incidentId } = await store.incidents.openOrJoin(candidate(`late-${count}`, correlation), event('1'), reach);
    await store.incidents.openOrJoin(candidate(`late-${count}-2`, correlation), event('2'), reach);
    expect(await store.incidents.close(incidentId, 1, closing)).toBe(false);
    expect(await store.incidents.close(incidentId, 2, closing)).toBe(true);
    expect(await store.incidents.close(incidentId, 2, closing)).toBe(true);
  });

  test('closed, it is free: the next event opens another', async () => {
    const correlation = `next-${++count}`;
    const first = await store.incidents.openOrJoin(candidate(`next-${count}`, correlation), event('1'), reach);
    await store.incidents.close(first.incidentId, 'any', closing);
    const second = await store.incidents.openOrJoin(candidate(`next-${count}-2`, correlation), event('2'), reach);
    expect(second).toEqual({ kind: 'opened', incidentId: `next-${count}-2` });
  });

  test('a closing and a joining that cross leave no event behind in a closed incident that nobody judged', async () => {
    for (let race = 0; race < 15; race++) {
      const correlation = `cross-${++count}`;
      const id = `cross-${count}`;
      await store.incidents.openOrJoin(candidate(id, correlation), event('1'), reach);
      const [closed, joined] = await Promise.all([
        store.incidents.close(id, 1, closing),
        store.incidents.openOrJoin(candidate(`${id}-2`, correlation), event('2'), reach),
      ]);
      expect(closed).toBe(joined.kind === 'opened');
      expect((await store.incidents.events(id)).events).toHaveLength(closed ? 1 : 2);
    }
  });

  const look = (id: string, arn: string, at: string, givenUp: string) =>
    store.incidents.firstToSee(id, arn, {
      at: `2026-03-14T${at}:00Z`,
      givenUp: `2026-03-14T${givenUp}:00Z`,
      forgetAt: 1,
    });

  test('an event is seen once, and by its own execution again', async () => {
    const id = `event-${++count}`;
    expect(await look(id, 'arn:one', '03:00', '02:53')).toBe(true);
    expect(await look(id, 'arn:one', '03:01', '02:54')).toBe(true);
    expect(await look(id, 'arn:two', '03:02', '02:55')).toBe(false);
  });

  test('an event that nobody saw to is for whoever brings it again, when the first has given up', async () => {
    const id = `event-${++count}`;
    await look(id, 'arn:one', '03:00', '02:53');
    expect(await look(id, 'arn:two', '03:10', '03:03')).toBe(true);
    await store.incidents.seenTo(id);
    expect(await look(id, 'arn:three', '04:00', '03:53')).toBe(false);
  });
});

describe('the lease on a target', () => {
  const target = { type: 'AWS::EC2::SecurityGroup', id: 'sg-1' };

  test('is held by one, expires, and its number grows with every new holder', async () => {
    const first = await store.leases.take(target, 'a', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z');
    expect(first).toMatchObject({ mine: true, lease: { fence: 1 } });
    expect(await store.leases.take(target, 'b', '2026-01-01T00:30:00Z', '2026-01-01T02:00:00Z')).toMatchObject({
      mine: false,
      lease: { holder: 'a' },
    });
    expect(await store.leases.take(target, 'b', '2026-01-01T01:30:00Z', '2026-01-01T02:00:00Z')).toMatchObject({
      mine: true,
      lease: { fence: 2 },
    });
    expect(await store.leases.fence(target, 'a', '2026-01-01T01:31:00Z')).toBeNull();
    expect(await store.leases.fence(target, 'b', '2026-01-01T01:31:00Z')).toBe(2);
    await store.leases.letGo(target, 'a');
    expect(await store.leases.fence(target, 'b', '2026-01-01T01:31:00Z')).toBe(2);
    await store.leases.letGo(target, 'b');
    expect(await store.leases.take(target, 'a', '2026-01-01T01:32:00Z', '2026-01-01T03:00:00Z')).toMatchObject({
      mine: true,
      lease: { fence: 3 },
    });
  });
});

describe('the chain of custody', () => {
  const entry = (key: string) => ({
    kind: 'event',
    description: '',
    bucket: 'b',
    key,
    versionId: 'v',
    sha256: key,
    sizeBytes: 1,
    requestId: null,
    collectedAt: '',
    collectedBy: '',
  });

  test('takes ten at once, one after the other, each with the hash of the one before', async () => {
    const id = `chain-${++count}`;
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.chain.append(id, [entry(`k${index}`)])));
    expect(await store.chain.append(id, [entry('k3'), entry('k3')])).toBe(0);
    const entries = await store.chain.entries(id);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [index, { hash, ...linked }] of entries.entries()) {
      expect(hashEntry(linked)).toBe(hash);
      if (index > 0) expect(linked.previousHash).toBe(entries[index - 1]?.hash);
    }
  });
});

describe('the brake and the caps', () => {
  const hour = 3_600;
  const before = Date.parse('2026-03-14T10:59:00Z') / 1_000;
  const after = before + 120;

  test.each([
    [
      'an incident counts once, and beyond the cap none does',
      'aabcb',
      [0, 0, 0, 0, 0],
      [true, true, true, false, true],
    ],
    ['a cap is not free again when the clock’s hour ends', 'abc', [before, before, after], [true, true, false]],
    [
      'a place is free an hour after it was taken, not sooner',
      'abcc',
      [0, 1, hour, hour + 1],
      [true, true, false, true],
    ],
    ['asked again, it keeps its place from then on', 'abac', [0, 0, hour, hour + 1], [true, true, true, true]],
    [
      'what has kept its place leaves none to another',
      'abacd',
      [0, 0, hour, hour + 1, hour + 2],
      [true, true, true, true, false],
    ],
  ] as const)('%s', async (name, incidents, times, expected) => {
    const answers: boolean[] = [];
    for (const [index, id] of [...incidents].entries()) {
      answers.push(await store.brake.withinCap(name, id, 2, times[index] ?? 0));
    }
    expect(answers).toEqual(expected);
  });

  test('of incidents that race for the last places as many are within the cap as there are places', async () => {
    const racing = Array.from({ length: 10 }, (_, index) => store.brake.withinCap('race', `incident-${index}`, 3, 0));
    expect((await Promise.all(racing)).filter((within) => within)).toHaveLength(3);
  });

  test('a cap of nothing lets nothing happen', async () => {
    expect(await store.brake.withinCap('none', 'a', 0, 0)).toBe(false);
  });

  test('what is older than an hour is not kept', async () => {
    for (let at = 0; at < 10; at++) await store.brake.withinCap('long', `incident-${at}`, 1, at * (hour + 1));
    const kept = (await table.client.get({
      TableName: 'incidents',
      Key: { pk: 'CAP#111122223333#long', sk: 'RECENT' },
      ConsistentRead: true,
    })) as { Item?: { noted?: object } };
    expect(Object.keys(kept.Item?.noted ?? {})).toEqual(['incident-9']);
  });

  test('two nodes that go at once are not both told that the other stays', async () => {
    const going = (node: string, other: string) => store.brake.leavesOthers('pair', node, [other], 0);
    const answers = await Promise.all([going('i-1', 'i-2'), going('i-2', 'i-1')]);
    expect(answers.sort()).toEqual([false, true]);
  });

  test('a node that goes because people say so is none that another may count on', async () => {
    await store.brake.goes('trio', 'i-1', 0);
    expect(await store.brake.leavesOthers('trio', 'i-2', ['i-1'], 0)).toBe(false);
  });

  test('the brake of an account says why', async () => {
    expect(await store.brake.observeOnly()).toBeNull();
    await store.brake.engage('first weeks');
    expect(await store.brake.observeOnly()).toBe('first weeks');
  });
});

describe('what went wrong on the way', () => {
  async function noting(id: string, ...notes: readonly (readonly string[])[]): Promise<string[]> {
    await store.incidents.openOrJoin(candidate(id, id), event('1'), reach);
    await Promise.all(notes.map((problems) => store.incidents.noteProblems(id, problems)));
    return (await store.incidents.read(id)).problems;
  }
  const many = Array.from({ length: 150 }, (_, index) => `evidence ${index}`);

  test('tasks that note at the same time lose nothing, and list the same once', async () => {
    const problems = await noting('problems-1', ['a', 'b', 'a'], ['b', 'c'], ['d']);
    expect(problems.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a thousand leave room for the incident', async () => {
    const problems = await noting('problems-2', many, ['x'.repeat(100_000)]);
    expect(problems).toHaveLength(101);
    expect(problems).toContain('more went wrong than is listed here');
    expect(Math.max(...problems.map((it) => it.length))).toBeLessThanOrEqual(500);
    expect(await noting('problems-2', ['another'])).toEqual(problems);
  });

  test('what is noted alone has its place', async () => {
    await noting('problems-3', many);
    await store.incidents.noteProblem('problems-3', 'a node was not isolated');
    expect((await store.incidents.read('problems-3')).problems).toContain('a node was not isolated');
  });
});

test('a baseline is the last recording before a moment', async () => {
  const target = { type: 'AWS::EC2::Subnet', id: 'subnet-1' };
  await store.baselines.record(target, '2026-01-01T00:00:00.000Z', { networkAclId: 'acl-1' }, 1);
  await store.baselines.record(target, '2026-01-02T00:00:00.000Z', { networkAclId: 'acl-2' }, 1);
  expect(await store.baselines.before(target, '2026-01-01T12:00:00.000Z')).toEqual({ networkAclId: 'acl-1' });
  expect(await store.baselines.before(target, '2026-01-02T00:00:00.000Z')).toEqual({ networkAclId: 'acl-1' });
  expect(await store.baselines.before(target, '2025-12-31T00:00:00.000Z')).toBeNull();
});

test('a target is disputed until every incident that disputes it is settled', async () => {
  const target = { type: 'AWS::EC2::SecurityGroup', id: 'sg-disputed' };
  const isDisputed = async () => (await store.baselines.disputed())(target);
  await store.baselines.dispute(target, 'incident-1', 1);
  await store.baselines.dispute(target, 'incident-2', 1);
  await store.baselines.settle(target, 'incident-1');
  expect(await isDisputed()).toBe(true);
  await store.baselines.settle(target, 'incident-2');
  expect(await isDisputed()).toBe(false);
});
