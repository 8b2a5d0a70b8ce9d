import { join } from 'node:path';
import fc from 'fast-check';
import { estateDescription, readEstate } from '../../../replay/estate/description';
import { incidentFile, loadIncident } from '../../../replay/incidents/incident-file';
import { play } from '../../../replay/incidents/play';

const root = join(__dirname, '..', '..');
const base = readEstate(join(root, 'estates', 'nodes.yaml'));
// Without a replacement: a group that has started one is larger when the node comes back.
const { plans } = loadIncident(join(root, 'incidents', 'node-forensics', '10-released.yaml'));
const node = 'i-0a10000000000000a';

const estates = fc
  .record({
    interfaces: fc.integer({ min: 1, max: 5 }),
    groups: fc.constantFrom(['sg-0d10d10d10d10d101'], ['sg-0c10c10c10c10c101', 'sg-0d10d10d10d10d101']),
    group: fc.constantFrom('payments-general', undefined),
    spot: fc.boolean(),
    terminationProtection: fc.boolean(),
    deleteOnTermination: fc.boolean(),
    profile: fc.constantFrom('payments-node', undefined),
    agent: fc.constantFrom('online' as const, 'offline' as const, 'absent' as const),
    endpoints: fc.boolean(),
    elasticAddress: fc.boolean(),
    target: fc.boolean(),
    access: fc.constantFrom('granted' as const, 'denied' as const, 'unreachable' as const),
  })
  .map((it) => ({
    ...base,
    instances: base.instances.map((one) => {
      if (one.id !== node) return one;
      const { group: _group, profile: _profile, ...rest } = one;
      return {
        ...rest,
        ...(it.group === undefined ? {} : { group: it.group }),
        ...(it.profile === undefined ? {} : { profile: it.profile }),
        spot: it.spot,
        agent: it.agent,
        terminationProtection: it.terminationProtection && !it.spot,
        volumes: one.volumes.map((volume) => ({ ...volume, deleteOnTermination: it.deleteOnTermination })),
      };
    }),
    interfaces: [
      ...base.interfaces.filter(({ instance }) => instance !== node),
      ...Array.from({ length: it.interfaces }, (_, device) => ({
        id: `eni-0a1000000000000${device + 1}a`,
        subnet: 'subnet-0a1a1a1a1a1a1a1a1',
        instance: node,
        device,
        ip: `10.20.1.${10 + device}`,
        groups: it.groups,
      })),
    ],
    vpcEndpoints: it.endpoints ? base.vpcEndpoints : [],
    elasticAddresses: it.elasticAddress
      ? [{ id: 'eipalloc-0a10000000000000a', ip: '203.0.113.80', interface: 'eni-0a10000000000001a' }]
      : [],
    targetGroups: it.target ? base.targetGroups : [],
    clusters: base.clusters.map((cluster) =>
      cluster.kubernetes === undefined
        ? cluster
        : { ...cluster, kubernetes: { ...cluster.kubernetes, access: it.access } },
    ),
  }));

const incident = incidentFile.parse({
  title: 'An isolation that is taken back',
  story: 'Whatever the node is like, a release leaves the account as it was.',
  estate: 'generated',
  start: '2026-05-12T10:00:00Z',
  baseline: false,
  events: [
    {
      at: '0s',
      isolate: {
        node,
        parent: { incidentId: 'node-compromise-1', severity: 'critical' },
        pods: [{ namespace: 'shop', name: 'checkout-6d9f-x2x7k' }],
      },
    },
  ],
  answers: [{ user: 'U07ALICE', answer: 'approve', after: '1m' }],
  undo: { answers: [{ user: 'U07BOB', answer: 'approve', after: '1m' }] },
  expect: { incidents: [], restored: true },
});

test('whatever a node is like, isolating it and releasing it leaves the account as it was', async () => {
  await fc.assert(
    fc.asyncProperty(estates, async (estate) => {
      const described = estateDescription.parse(JSON.parse(JSON.stringify(estate)));
      const { failures, result } = await play({ file: 'generated', incident, estate: described, plans });
      expect(result.incidents[0]?.changes.filter(({ state }) => state === 'undone').length).toBeGreaterThan(3);
      expect(failures.filter((failure) => failure.includes('as it was before'))).toEqual([]);
    }),
    { numRuns: 4, seed: 20_260_512 },
  );
}, 180_000);
