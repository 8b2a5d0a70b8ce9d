import type { V1Node } from '@kubernetes/client-node';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { nodesOf } from '../forensics/request';
import { kubernetesOf, orUnavailable } from '../forensics/workload';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { readClusters } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const label = 'eks-incident-response/isolated-by';
/** What keeps Karpenter and the Cluster Autoscaler from taking the node away with the evidence on it. */
const heldOff = {
  'karpenter.sh/do-not-disrupt': 'true',
  'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
} as const;

const values = z.record(z.string(), z.string().nullable());
const side = z.strictObject({ unschedulable: z.boolean(), labels: values, annotations: values });
const parameters = z.strictObject({ cluster: z.string(), node: z.string() });

/** Cordons a node, never drains it: draining destroys evidence. */
export const cordonNode: Action = {
  id: 'cordon-node',
  description: 'Cordons and labels a Kubernetes node, and keeps Karpenter and the Cluster Autoscaler from removing it',
  permissions: {
    read: [{ actions: ['ec2:DescribeInstances'], on: ['*'] }, readClusters],
    write: [],
  },
  after: [],

  async propose(context, dossier) {
    const changes = (await nodesOf(context, dossier)).map(async ({ id, cluster }): Promise<Change[]> => {
      const found = await orUnavailable(async () => {
        const kubernetes = await kubernetesOf(context, cluster);
        return kubernetes instanceof KubernetesUnavailable ? kubernetes : kubernetes.nodeOf(id);
      });
      const name = found instanceof KubernetesUnavailable ? undefined : found?.metadata?.name;
      if (found === null || found instanceof KubernetesUnavailable || cluster === null || name === undefined) return [];
      const before = sideOf(found);
      const after = { unschedulable: true, labels: { [label]: dossier.incidentId }, annotations: { ...heldOff } };
      if (sameState(before, after)) return [];
      return [
        {
          id: `cordon-node:${cluster}/${name}`,
          action: 'cordon-node',
          target: { type: 'Kubernetes::Node', id: `${cluster}/${name}` },
          before,
          after,
          parameters: { cluster, node: name },
          line: `${name} in ${cluster}: cordoned, labelled, kept from Karpenter and the Cluster Autoscaler`,
          reversible: true,
          knownFrom: 'present',
          owner: null,
          warnings: [],
        },
      ];
    });
    return (await Promise.all(changes)).flat();
  },

  present: presentSide,

  async apply(context, change) {
    if (sameState(await presentSide(context, change), change.after)) return;
    const { cluster, node } = parameters.parse(change.parameters);
    const { unschedulable, labels, annotations } = side.parse(change.after);
    await (await context.kubernetes(cluster)).patchNode(node, {
      metadata: { labels, annotations },
      spec: { unschedulable: unschedulable ? true : null },
    });
  },

  async verify(context, change) {
    return sameState(await presentSide(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is not as it should be, or cannot be read` };
  },

  undo: inverted,
};

async function presentSide(context: ActionContext, change: Change): Promise<Json | null> {
  const { cluster, node } = parameters.parse(change.parameters);
  const found = await orUnavailable(async () => (await context.kubernetes(cluster)).node(node));
  return found === null || found instanceof KubernetesUnavailable ? null : sideOf(found);
}

function sideOf({ metadata, spec }: V1Node): z.infer<typeof side> {
  return {
    unschedulable: spec?.unschedulable ?? false,
    labels: { [label]: metadata?.labels?.[label] ?? null },
    annotations: Object.fromEntries(Object.keys(heldOff).map((name) => [name, metadata?.annotations?.[name] ?? null])),
  };
}
