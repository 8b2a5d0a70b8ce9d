import type { V1Pod } from '@kubernetes/client-node';
import type { ActionContext } from '../actions/action';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { selects } from './network-policies';
import type { Node } from './node';
import { belongsToNode, orUnavailable } from './workload';

/** So many workloads are named; the rest is counted. */
const shown = 5;

/** What stops when a node is cut off, in lines that a responder reads before saying yes. */
export async function blastRadius(context: Pick<ActionContext, 'kubernetes'>, node: Node): Promise<string[]> {
  const { cluster } = node;
  if (cluster === null) return [];
  const found = await orUnavailable(async () => {
    const kubernetes = await context.kubernetes(cluster);
    const [here, pods, budgets] = await Promise.all([
      kubernetes.nodeOf(node.id),
      kubernetes.pods(),
      kubernetes.disruptionBudgets(),
    ]);
    return { name: here?.metadata?.name, pods, budgets };
  });
  if (found instanceof KubernetesUnavailable) {
    return [
      `What runs on it is not known: ${found.message}. Nothing keeps Karpenter and the Cluster Autoscaler from ending it.`,
    ];
  }
  const { name, pods, budgets } = found;
  const onNode = pods.filter((pod) => pod.spec?.nodeName === name && !belongsToNode(pod));
  if (name === undefined || onNode.length === 0) return [];
  const owners = [...new Set(onNode.map(ownerOf))].sort();
  const lines = owners.map((owner) => {
    const all = pods.filter((pod) => ownerOf(pod) === owner);
    const here = all.filter(({ spec }) => spec?.nodeName === name).length;
    return `${owner} (${here} here, ${all.length - here} elsewhere)`;
  });
  const more = lines.length > shown ? ` and ${lines.length - shown} more` : '';
  const guarded = budgets
    .filter(({ metadata, spec }) =>
      onNode.some(
        (pod) => pod.metadata?.namespace === metadata?.namespace && selects(spec?.selector, pod.metadata?.labels ?? {}),
      ),
    )
    .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  return [
    `It runs ${onNode.length} pod(s): ${lines.slice(0, shown).join(', ')}${more}.`,
    ...(guarded.length === 0
      ? []
      : [`PodDisruptionBudgets that watch over them: ${guarded.sort().join(', ')}. This eviction does not ask them.`]),
  ];
}

/** What would start a pod again: its owner, or nobody, and then the pod itself is named. */
function ownerOf({ metadata }: V1Pod): string {
  const [owner] = metadata?.ownerReferences ?? [];
  return `${metadata?.namespace}/${owner?.name ?? `${metadata?.name}, which nothing starts again`}`;
}
