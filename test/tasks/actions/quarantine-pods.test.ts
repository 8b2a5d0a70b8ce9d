import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import type { Change } from '../../../runbooks/change';
import type { ActionContext } from '../../../tasks/actions/action';
import { quarantinePods } from '../../../tasks/actions/quarantine-pods';
import { isDoneByGoing } from '../../../tasks/actions/registry';
import type { Kubernetes } from '../../../tasks/kubernetes/kubernetes';
import { nodeStage, nodes } from './node-stage';

const name = { namespace: 'shop', name: 'checkout' };

/** A cluster with one suspect pod, and the changes that are proposed for it. */
async function stage() {
  const pods: V1Pod[] = [{ metadata: { ...name, labels: {} }, spec: { nodeName: 'a', containers: [] } }];
  const policies: V1NetworkPolicy[] = [];
  const kubernetes: Partial<Kubernetes> = {
    pods: async () => pods,
    pod: async () => pods[0] ?? null,
    patchPod: () => Promise.reject(new Error('there is no such pod')),
    networkPolicies: async () => policies,
    createNetworkPolicy: async (_, policy) => void policies.push(policy),
  };
  const { context: means, dossier } = nodeStage(nodes, { pods: [name] });
  const context: ActionContext = { ...means, kubernetes: async () => kubernetes as Kubernetes };
  const changes = await quarantinePods.propose(context, dossier);
  const look = (change: Change) => quarantinePods.present(context, change);
  return { changes, context, look, policies, pods };
}

test('a pod that goes while people are asked needs no quarantine any more, and the policy is written all the same', async () => {
  const { changes, context, look, policies, pods } = await stage();
  pods.pop();
  const found = await Promise.all(
    changes.map(async (change) => [change.target.type, isDoneByGoing(change, await look(change))]),
  );
  expect(found).toEqual([
    ['Kubernetes::Pod', true],
    ['Kubernetes::NetworkPolicy', false],
  ]);
  for (const change of changes) await quarantinePods.apply(context, change);
  expect(policies).toHaveLength(1);
  expect(await Promise.all(changes.map((change) => quarantinePods.verify(context, change, null)))).toEqual([
    { state: 'done' },
    { state: 'done' },
  ]);
});

test('a policy that somebody has taken away again is not as it should be', async () => {
  const { changes, context } = await stage();
  const [, policy] = changes;
  expect(policy && (await quarantinePods.verify(context, policy, null))).toHaveProperty('state', 'failed');
});
