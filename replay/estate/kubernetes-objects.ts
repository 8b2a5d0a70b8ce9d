import type { EstateDescription } from './description';
import { privateDnsName } from './state';

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

/** The clusters that say what their API servers answer. Each of their instances is a node there. */
export function kubernetesOf(it: EstateDescription): Map<string, KubernetesObjects> {
  return new Map(
    it.clusters.flatMap(({ name, kubernetes }) => {
      if (kubernetes === undefined) return [];
      const nodes = it.instances
        .filter(
          ({ tags }) => tags['aws:eks:cluster-name'] === name || tags[`kubernetes.io/cluster/${name}`] !== undefined,
        )
        .map((instance): KubernetesObject => {
          const ip = it.interfaces.find((device) => device.instance === instance.id)?.ip ?? '';
          return {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name: privateDnsName(it.region, ip), labels: { 'kubernetes.io/os': 'linux' }, annotations: {} },
            spec: { providerID: `aws:///${it.region}a/${instance.id}` },
            status: { conditions: [{ type: 'Ready', status: 'True' }] },
          };
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
