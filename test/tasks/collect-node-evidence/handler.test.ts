import type { V1Pod } from '@kubernetes/client-node';
import { memoryTable } from '../../../replay/world/incident-table';
import { nodeForensicsRequest } from '../../../runbooks/node-forensics';
import { task } from '../../../tasks/collect-node-evidence/handler';
import type { Deps } from '../../../tasks/deps';
import type { Kubernetes } from '../../../tasks/kubernetes/kubernetes';
import { KubernetesUnavailable } from '../../../tasks/kubernetes/kubernetes';
import { openStore } from '../../../tasks/store/store';

const node = 'fargate-ip-10-20-1-9.eu-central-1.compute.internal';
const pod: V1Pod = {
  metadata: { namespace: 'shop', name: 'checkout' },
  spec: { nodeName: node, containers: [{ name: 'app' }] },
};
const at = '2026-05-12T10:00:00.000Z';

test('a log that the API server cannot fetch from its node costs nothing else of the pod', async () => {
  const store = openStore(memoryTable(), { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' });
  await store.incidents.openOrJoin(
    {
      ...{ id: 'incident', category: 'node-forensics', account: '111122223333', region: 'eu-central-1' },
      ...{ correlation: node, executionArn: 'arn:1', status: 'open', version: 1, openedAt: at, closedAt: null },
      ...{ outcome: null, severity: null, decision: null, actor: null, facts: null, context: [], keys: [], signs: [] },
      proposals: { protect: null, contain: null, expel: null, remediate: null, undo: null },
      ...{ rounds: 0, message: null, problems: [] },
    },
    {
      ...{ eventId: '1', time: at, name: 'Node Forensics Requested', actor: null, subjects: [], touches: [] },
      facts: nodeForensicsRequest.parse({ node, cluster: 'payments' }),
      evidence: null,
    },
    { clusters: [{ name: 'payments', tags: {} }], touches: [], exposed: [] },
  );
  const unreachable = () => Promise.reject(new KubernetesUnavailable('unreachable', 'it answers 500'));
  const kubernetes: Partial<Kubernetes> = {
    ...{ node: async () => null, pods: async () => [pod], pod: async () => pod, log: unreachable },
    ...{ eventsOf: async () => [], roleBindings: async () => [] },
  };
  const kept = new Map<string, unknown>();
  const deps = {
    store,
    kubernetes: async () => kubernetes,
    plan: () => ({ plan: { settings: {} } }),
    evidence: { write: async (key: string, value: unknown) => void kept.set(key, value), enter: async () => 2 },
  } as unknown as Deps;
  expect(await task.run({ incidentId: 'incident' }, deps)).toHaveProperty('problems', [
    'the log of shop/checkout/app: it answers 500',
    'the previous log of shop/checkout/app: it answers 500',
  ]);
  expect(kept.get('incidents/incident/version-1/pods/shop/checkout.json')).toMatchObject({ pod });
});
