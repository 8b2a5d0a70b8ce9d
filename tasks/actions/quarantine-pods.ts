import type { V1Pod } from '@kubernetes/client-node';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { conflicting, enforced } from '../forensics/network-policies';
import { requestOf } from '../forensics/request';
import { isFargate, orUnavailable, suspectsIn } from '../forensics/workload';
import { type Kubernetes, KubernetesUnavailable } from '../kubernetes/kubernetes';
import { readClusters } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const label = 'eks-incident-response/quarantined-by';

const podSide = z.strictObject({ quarantinedBy: z.string().nullable() });
const policySide = z.strictObject({ selects: z.string(), allows: z.literal('nothing') }).nullable();
const parameters = z.strictObject({ cluster: z.string(), namespace: z.string(), name: z.string() });

/** Puts a label on suspect pods and a policy over the label that lets nothing in or out. The pods run on. */
export const quarantinePods: Action = {
  id: 'quarantine-pods',
  description: 'Labels suspect pods and puts them under a NetworkPolicy that allows nothing',
  permissions: { read: [{ actions: ['ec2:DescribeInstances'], on: ['*'] }, readClusters], write: [] },
  after: [],
  // A pod that is gone speaks to nobody. What made it may start another elsewhere, which is shown before the node is cut off.
  goneIsDone: true,

  async propose(context, dossier) {
    const request = requestOf(dossier);
    if (request === null || (request.pods.length === 0 && !isFargate(request.node))) return [];
    const changes = dossier.clusters.map(async ({ name: cluster }) => {
      const found = await orUnavailable(async () => {
        const kubernetes = await context.kubernetes(cluster);
        return proposeFor(kubernetes, cluster, await suspectsIn(kubernetes, request), dossier.incidentId);
      });
      return found instanceof KubernetesUnavailable ? [] : found;
    });
    return (await Promise.all(changes)).flat();
  },

  async present(context, change) {
    const found = await orUnavailable(() => presentSide(context, change));
    return found instanceof KubernetesUnavailable ? { unreadable: true } : found;
  },

  async apply(context, change) {
    const present = await presentSide(context, change);
    if (sameState(present, change.after) || (present === null && isPod(change))) return;
    const { cluster, namespace, name } = parameters.parse(change.parameters);
    const kubernetes = await context.kubernetes(cluster);
    if (isPod(change)) {
      await kubernetes.patchPod(namespace, name, {
        metadata: { labels: { [label]: podSide.parse(change.after).quarantinedBy } },
      });
      return;
    }
    const after = policySide.parse(change.after);
    if (after === null) await kubernetes.deleteNetworkPolicy(namespace, name);
    else {
      await kubernetes.createNetworkPolicy(namespace, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'eks-incident-response' } },
        spec: { podSelector: { matchLabels: { [label]: after.selects } }, policyTypes: ['Ingress', 'Egress'] },
      });
    }
  },

  async verify(context, change) {
    const present = await this.present(context, change);
    return sameState(present, change.after) || (present === null && isPod(change))
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is not as it should be, or cannot be read` };
  },

  undo: inverted,
};

function isPod({ target }: Change): boolean {
  return target.type === 'Kubernetes::Pod';
}

async function proposeFor(
  kubernetes: Kubernetes,
  cluster: string,
  pods: readonly V1Pod[],
  incidentId: string,
): Promise<Change[]> {
  const all = await kubernetes.pods();
  const common = {
    action: 'quarantine-pods',
    reversible: true,
    knownFrom: 'present',
    owner: null,
  } as const;
  const namespaces = new Set<string>();
  const changes: Change[] = [];
  for (const pod of pods) {
    const { namespace, name, labels } = pod.metadata ?? {};
    if (namespace === undefined || name === undefined) continue;
    namespaces.add(namespace);
    const onNode = all.filter(({ spec }) => spec?.nodeName === pod.spec?.nodeName);
    const others = conflicting(await kubernetes.networkPolicies(namespace), pod);
    const before = { quarantinedBy: labels?.[label] ?? null };
    if (before.quarantinedBy === incidentId) continue;
    changes.push({
      ...common,
      id: `quarantine-pods:${cluster}/${namespace}/${name}`,
      target: { type: 'Kubernetes::Pod', id: `${cluster}/${namespace}/${name}` },
      before,
      after: { quarantinedBy: incidentId },
      parameters: { cluster, namespace, name },
      line: `${namespace}/${name} in ${cluster}: quarantined`,
      warnings: [
        ...notEnforced(pod, onNode),
        ...(pod.spec?.hostNetwork === true ? ['It uses the host’s network: no NetworkPolicy holds it.'] : []),
        ...(others.length > 0 ? [`These policies allow it traffic all the same: ${others.join(', ')}.`] : []),
        ...((pod.metadata?.ownerReferences ?? []).length > 0
          ? []
          : ['It has no owner: whoever makes it again makes it without the quarantine.']),
      ],
    });
  }
  for (const namespace of namespaces) {
    const name = policyName(incidentId);
    const present = (await kubernetes.networkPolicies(namespace)).some(({ metadata }) => metadata?.name === name);
    if (present) continue;
    changes.push({
      ...common,
      id: `quarantine-pods:${cluster}/${namespace}:policy`,
      target: { type: 'Kubernetes::NetworkPolicy', id: `${cluster}/${namespace}/${name}` },
      before: null,
      after: { selects: incidentId, allows: 'nothing' },
      parameters: { cluster, namespace, name },
      line: `${namespace} in ${cluster}: a NetworkPolicy that allows quarantined pods nothing`,
      warnings: [],
    });
  }
  return changes;
}

function notEnforced(pod: V1Pod, onNode: readonly V1Pod[]): string[] {
  if (isFargate(pod.spec?.nodeName ?? '')) {
    return [
      'NetworkPolicy is not enforced on Fargate: the policy is written and does nothing there.',
      'Its network interface is AWS’s: nobody can change its security groups, and a SecurityGroupPolicy takes hold only of pods that start anew. Only deleting the pod cuts it off, and its memory and files with it.',
    ];
  }
  return enforced(onNode)
    ? []
    : ['Nothing on its node enforces NetworkPolicy: the policy is written and does nothing here.'];
}

function policyName(incidentId: string): string {
  return `quarantine-${incidentId}`.slice(0, 63).replace(/[^a-z0-9]+$/, '');
}

async function presentSide(context: ActionContext, change: Change): Promise<Json | null> {
  const { cluster, namespace, name } = parameters.parse(change.parameters);
  const kubernetes = await context.kubernetes(cluster);
  if (isPod(change)) {
    const pod = await kubernetes.pod(namespace, name);
    return pod === null ? null : { quarantinedBy: pod.metadata?.labels?.[label] ?? null };
  }
  const policy = (await kubernetes.networkPolicies(namespace)).find(({ metadata }) => metadata?.name === name);
  if (policy === undefined) return null;
  const selected = policy.spec?.podSelector?.matchLabels?.[label];
  const rules = [...(policy.spec?.ingress ?? []), ...(policy.spec?.egress ?? [])];
  return selected === undefined || rules.length > 0
    ? { somebodyElses: true }
    : { selects: selected, allows: 'nothing' };
}
