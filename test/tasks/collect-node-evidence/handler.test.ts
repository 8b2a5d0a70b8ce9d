import type { V1Pod } from '@kubernetes/client-node';
import { memoryTable } from '../../../replay/world/incident-table';
import { nodeForensicsRequest } from '../../../runbooks/node-forensics';
import { task } from '../../../tasks/collect-node-evidence/handler';
import type { Deps } from '../../../tasks/deps';
import type { Kubernetes } from '../../../tasks/kubernetes/kubernetes';
import { KubernetesUnavailable } from '../../../tasks/kubernetes/kubernetes';
import { openStore } from '../../../tasks/store/store';
import { eventRecord, incidentRecord } from '../store/records';

const node = 'fargate-ip-10-20-1-9.eu-central-1.compute.internal';
const pod: V1Pod = {
  metadata: { namespace: 'shop', name: 'checkout' },
  spec: { nodeName: node, containers: [{ name: 'app' }] },
};

/** Collects from a cluster that answers so: what is kept of the pod, and what is said. */
async function collect(answers: Partial<Kubernetes>, pods: readonly { namespace: string; name: string }[] = []) {
  const store = openStore(memoryTable(), { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
  await store.incidents.openOrJoin(
    incidentRecord('incident', { category: 'node-forensics' }),
    eventRecord('1', { facts: nodeForensicsRequest.parse({ node, cluster: 'payments', pods }) }),
    { clusters: [{ name: 'payments', tags: {} }], touches: [], exposed: [] },
  );
  const kubernetes: Partial<Kubernetes> = {
    ...{ node: async () => null, pods: async () => [pod], pod: async () => pod, log: async () => 'GET /' },
    ...{ eventsOf: async () => [], roleBindings: async () => [] },
    ...answers,
  };
  const kept = new Map<string, unknown>();
  const deps = {
    store,
    kubernetes: async () => kubernetes,
    plan: () => ({ plan: { settings: {} } }),
    evidence: { write: async (key: string, value: unknown) => void kept.set(key, value), enter: async () => 2 },
  } as unknown as Deps;
  const { problems } = (await task.run({ incidentId: 'incident' }, deps)) as { problems: string[] };
  return { problems, pod: kept.get('incidents/incident/version-1/pods/shop/checkout.json') };
}

const refused = (reason: 'unreachable' | 'no-access', message: string) => () =>
  Promise.reject(new KubernetesUnavailable(reason, message));

test('a log that the API server cannot fetch from its node costs nothing else of the pod', async () => {
  const found = await collect({ log: refused('unreachable', 'it answers 500') });
  expect(found.problems).toEqual([
    'the log of shop/checkout/app: it answers 500',
    'the previous log of shop/checkout/app: it answers 500',
  ]);
  expect(found.pod).toMatchObject({ pod });
});

test('what the cluster does not let us read costs nothing else of the pod, and is named', async () => {
  const found = await collect({
    eventsOf: refused('no-access', 'not this'),
    roleBindings: refused('no-access', 'nor that'),
  });
  expect(found.problems).toEqual([
    'the events of shop/checkout: not this',
    'the role bindings of shop/checkout: nor that',
  ]);
  expect(found.pod).toMatchObject({ pod, events: null, roleBindings: null, logs: [{ current: 'GET /' }] });
});

test('a pod that was named and has gone is said to have', async () => {
  const found = await collect({ pods: async () => [], pod: async () => null }, [
    { namespace: 'shop', name: 'checkout' },
  ]);
  expect(found.problems).toEqual(['the pod shop/checkout is no longer there: its log and its rights are gone with it']);
});

describe('what made a pod', () => {
  const ownedBy = (kind: string, name: string) => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name }],
  });
  const owned: V1Pod = { ...pod, metadata: { ...pod.metadata, ...ownedBy('ReplicaSet', 'checkout-6d9f') } };

  test('is kept with it, and what made that', async () => {
    const objects = [
      { metadata: { name: 'checkout-6d9f', ...ownedBy('Deployment', 'checkout') } },
      { metadata: { name: 'checkout' } },
    ];
    const found = await collect({
      pods: async () => [owned],
      pod: async () => owned,
      ownerOf: async (_, { name }) => objects.find(({ metadata }) => metadata.name === name) ?? null,
    });
    expect(found.pod).toMatchObject({ owners: objects });
  });

  test('is not followed in circles', async () => {
    const itself = { metadata: { name: 'checkout-6d9f', ...ownedBy('ReplicaSet', 'checkout-6d9f') } };
    const found = await collect({ pods: async () => [owned], pod: async () => owned, ownerOf: async () => itself });
    expect(found.pod).toMatchObject({ owners: [itself, itself, itself] });
  });
});
