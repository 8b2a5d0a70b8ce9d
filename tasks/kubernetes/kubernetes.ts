import type {
  CoreV1Event,
  V1ClusterRoleBinding,
  V1NetworkPolicy,
  V1Node,
  V1ObjectMeta,
  V1OwnerReference,
  V1Pod,
  V1PodDisruptionBudget,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node';

/** What makes pods, such as a ReplicaSet, and what makes that, whole as the API has it. */
export interface Workload {
  readonly metadata?: V1ObjectMeta;
}

/**
 * The Kubernetes API of one cluster, as far as responders need it and as far as the shipped ClusterRole lets them. What is
 * not there is null; every other failure is a `KubernetesUnavailable`.
 */
export interface Kubernetes {
  /** Every node of the cluster. */
  nodes(): Promise<V1Node[]>;
  /** The node that an EC2 instance is. */
  nodeOf(instanceId: string): Promise<V1Node | null>;
  node(name: string): Promise<V1Node | null>;
  /** A merge patch of a node; `null` takes a field away. */
  patchNode(name: string, patch: object): Promise<void>;
  /** Every pod of the cluster. */
  pods(): Promise<V1Pod[]>;
  pod(namespace: string, name: string): Promise<V1Pod | null>;
  /** The workload that made an object of a namespace; null too for kinds of owners that responders do not read. */
  ownerOf(namespace: string, owner: V1OwnerReference): Promise<Workload | null>;
  patchPod(namespace: string, name: string, patch: object): Promise<void>;
  networkPolicies(namespace: string): Promise<V1NetworkPolicy[]>;
  createNetworkPolicy(namespace: string, policy: V1NetworkPolicy): Promise<void>;
  deleteNetworkPolicy(namespace: string, name: string): Promise<void>;
  disruptionBudgets(): Promise<V1PodDisruptionBudget[]>;
  eventsOf(namespace: string, name: string): Promise<CoreV1Event[]>;
  /** The last lines of a container's log; null where there is none. */
  log(namespace: string, name: string, container: string, previous: boolean): Promise<string | null>;
  serviceAccount(namespace: string, name: string): Promise<V1ServiceAccount | null>;
  roleBindings(): Promise<(V1RoleBinding | V1ClusterRoleBinding)[]>;
}

/** Answers the API of a cluster by its name. Throws `KubernetesUnavailable`. */
export type KubernetesOf = (cluster: string) => Promise<Kubernetes>;

/** For tasks whose contract does not say that they speak to clusters: where API servers are private they could not. */
export const noClusters: KubernetesOf = (cluster) =>
  Promise.reject(new Error(`the API of ${cluster} is asked by a task whose contract does not say so`));

/** Not an error of anybody's: many clusters offer responders nothing, and containment goes on without. */
export class KubernetesUnavailable extends Error {
  override readonly name = 'KubernetesUnavailable';

  constructor(
    readonly reason: 'unreachable' | 'no-access',
    message: string,
  ) {
    super(message);
  }
}
