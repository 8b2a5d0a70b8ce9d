import type { Account } from './command';
import type { EstateDescription } from './description';
import { type Instance, privateDnsName } from './state';

/** An object of Kubernetes as its API has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  } & Record<string, unknown>;
  [field: string]: unknown;
}

/** What one cluster's API server holds. */
export interface KubernetesObjects {
  readonly access: 'granted' | 'denied' | 'unreachable';
  /** By kind/namespace/name. */
  readonly objects: Map<string, KubernetesObject>;
  readonly logs: Readonly<Record<string, string>>;
}

export function keyOf({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function isNodeOf(cluster: string, tags: Readonly<Record<string, string>>): boolean {
  return tags['aws:eks:cluster-name'] === cluster || tags[`kubernetes.io/cluster/${cluster}`] !== undefined;
}

function nodeObject(region: string, instanceId: string, name: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/os': 'linux' }, annotations: {} },
    spec: { providerID: `aws:///${region}a/${instanceId}` },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** From when its instance runs, the kubelet takes so long to start and to report its node as ready. */
export const joinMs = 40_000;

/** An instance joins the clusters that its tags name. */
export function joinClusters({ state, description }: Account, { id, privateDnsName: name, tags }: Instance): void {
  for (const [cluster, { objects }] of state.kubernetes) {
    const node = nodeObject(description.region, id, name);
    if (isNodeOf(cluster, tags) && !objects.has(keyOf(node))) objects.set(keyOf(node), node);
  }
}

/** The cloud controller deletes the node of an instance that has ended. */
export function leaveClusters({ state }: Account, { id }: Pick<Instance, 'id'>): void {
  for (const { objects } of state.kubernetes.values()) {
    for (const [key, { kind, spec }] of objects) {
      const { providerID = '' } = (spec ?? {}) as { providerID?: string };
      if (kind === 'Node' && providerID.endsWith(`/${id}`)) objects.delete(key);
    }
  }
}

/** The clusters that say what their API servers answer. Each of their instances is a node there. */
export function kubernetesOf(it: EstateDescription): Map<string, KubernetesObjects> {
  return new Map(
    it.clusters.flatMap(({ name, kubernetes }) => {
      if (kubernetes === undefined) return [];
      const nodes = it.instances
        .filter(({ tags }) => isNodeOf(name, tags))
        .map((instance) => {
          const ip = it.interfaces.find((device) => device.instance === instance.id)?.ip ?? '';
          return nodeObject(it.region, instance.id, privateDnsName(it.region, ip));
        });
      const objects = [...nodes, ...kubernetes.objects.map((object) => structuredClone(object) as KubernetesObject)];
      return [
        [
          name,
          {
            access: kubernetes.access,
            objects: new Map(objects.map((one) => [keyOf(one), one])),
            logs: kubernetes.logs,
          },
        ],
      ];
    }),
  );
}
