import type { V1Pod } from '@kubernetes/client-node';
import type { CompromiseEventFacts } from '../../../runbooks/node-compromise';
import { type PodName, podName } from '../../../runbooks/node-forensics';
import type { ActionContext } from '../../actions/action';
import { isFargate, kubernetesOf, orUnavailable } from '../../forensics/workload';
import { type Kubernetes, KubernetesUnavailable } from '../../kubernetes/kubernetes';
import { instanceOf } from '../../kubernetes/node';

/** A node, and what is suspected on it. */
export interface Whereabouts {
  /** An EC2 instance, or a Fargate node by its name in Kubernetes. */
  readonly node: string;
  readonly cluster: string | null;
  readonly pods: readonly PodName[];
  readonly processIds: readonly number[];
}

/**
 * On which nodes the suspects of all events run: as the findings say, and where they name a workload and no node, as its
 * cluster does. A cluster that offers no access is an ordinary case; one that does not answer is a problem.
 */
export async function whereaboutsOf(
  context: Pick<ActionContext, 'kubernetes' | 'problems'>,
  events: readonly CompromiseEventFacts[],
  mostNodes: number,
): Promise<Whereabouts[]> {
  const found = await Promise.all(
    events.map(async ({ cluster, instances, pod, processIds, namespace, workload }) => {
      if (instances.length > 0) {
        return instances.map((node) => ({ node, cluster, pods: pod === null ? [] : [pod], processIds }));
      }
      if (cluster === null || namespace === null || workload === null) return [];
      return askCluster(context, cluster, { namespace, workload, pod }, mostNodes);
    }),
  );
  const nodes = [...new Set(found.flat().map(({ node }) => node))].sort();
  return nodes.map((node) => {
    const all = found.flat().filter((it) => it.node === node);
    const pods = new Map(all.flatMap((it) => it.pods).map((it) => [`${it.namespace}/${it.name}`, it]));
    return {
      node,
      cluster: all.find((it) => it.cluster !== null)?.cluster ?? null,
      pods: [...pods.values()],
      processIds: [...new Set(all.flatMap((it) => it.processIds))],
    };
  });
}

interface Suspect {
  readonly namespace: string;
  /** Kind and name, as GuardDuty writes them: `deployments/checkout`. */
  readonly workload: string;
  readonly pod: PodName | null;
}

async function askCluster(
  context: Pick<ActionContext, 'kubernetes' | 'problems'>,
  cluster: string,
  suspect: Suspect,
  mostNodes: number,
): Promise<Whereabouts[]> {
  const answer = await orUnavailable(async () => {
    const kubernetes = await kubernetesOf(context, cluster);
    if (kubernetes instanceof KubernetesUnavailable) return kubernetes;
    const pods = await podsOf(kubernetes, suspect);
    return Promise.all(pods.map((pod) => placeOf(kubernetes, cluster, pod)));
  });
  if (!(answer instanceof KubernetesUnavailable)) {
    const nodes = [...new Set(answer.flat().map(({ node }) => node))].sort();
    if (nodes.length <= mostNodes) return answer.flat();
    // To cordon and isolate whatever a workload runs on may be the greater harm.
    context.problems.add(
      `${suspect.workload} runs on ${nodes.length} nodes of ${cluster}, and none of them is taken for suspect: start node forensics on those that you choose among ${nodes.join(', ')}`,
    );
    return [];
  }
  if (answer.reason === 'unreachable') {
    context.problems.add(`${cluster} could not be asked on which node ${suspect.workload} runs: ${answer.message}`);
  }
  return [];
}

async function podsOf(kubernetes: Kubernetes, { namespace, workload, pod }: Suspect): Promise<V1Pod[]> {
  if (pod !== null) {
    const found = await kubernetes.pod(pod.namespace, pod.name);
    return found === null ? [] : [found];
  }
  const name = workload.slice(workload.indexOf('/') + 1);
  const pods = await kubernetes.pods();
  return pods.filter(({ metadata }) => metadata?.namespace === namespace).filter((it) => isOf(it, name));
}

/** A Deployment has its pods by way of a ReplicaSet, whose name ends in the hash that the pods carry; a CronJob by way of Jobs. */
function isOf({ metadata }: V1Pod, workload: string): boolean {
  const hash = metadata?.labels?.['pod-template-hash'];
  return (metadata?.ownerReferences ?? []).some(
    ({ kind, name }) =>
      name === workload ||
      (hash !== undefined && name === `${workload}-${hash}`) ||
      (kind === 'Job' && name.startsWith(`${workload}-`)),
  );
}

async function placeOf(kubernetes: Kubernetes, cluster: string, { metadata, spec }: V1Pod): Promise<Whereabouts[]> {
  const named = podName.safeParse({ namespace: metadata?.namespace, name: metadata?.name });
  const nodeName = spec?.nodeName;
  if (!named.success || nodeName === undefined) return [];
  const pods = [named.data];
  if (isFargate(nodeName)) return [{ node: nodeName, cluster, pods, processIds: [] }];
  const node = await kubernetes.node(nodeName);
  const instanceId = node === null ? null : instanceOf(node);
  return instanceId?.startsWith('i-') === true ? [{ node: instanceId, cluster, pods, processIds: [] }] : [];
}
