import {
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import type { V1Pod } from '@kubernetes/client-node';
import type { PodName } from '../../runbooks/node-forensics';
import type { ActionContext } from '../actions/action';
import type { Kubernetes } from '../kubernetes/kubernetes';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { type Node, nameOfArn } from './node';

/** A cluster's API, or why it cannot be had: an ordinary fact, not an error. */
export async function kubernetesOf(
  { kubernetes }: Pick<ActionContext, 'kubernetes'>,
  cluster: string | null,
): Promise<Kubernetes | KubernetesUnavailable> {
  if (cluster === null) return new KubernetesUnavailable('no-access', 'the instance names no cluster');
  return orUnavailable(() => kubernetes(cluster));
}

export async function orUnavailable<T>(work: () => Promise<T>): Promise<T | KubernetesUnavailable> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KubernetesUnavailable) return error;
    throw error;
  }
}

/** Pods that a DaemonSet or the kubelet itself puts on every node: they tell nothing of a workload. */
export function belongsToNode({ metadata }: V1Pod): boolean {
  return (metadata?.ownerReferences ?? []).some(({ kind }) => kind === 'DaemonSet' || kind === 'Node');
}

export interface PodRole {
  readonly role: string;
  readonly because: string;
}

/** The IAM roles that suspect pods have: by their service account's annotation (IRSA) or by EKS Pod Identity. */
export async function rolesOfPods(
  context: Pick<ActionContext, 'aws' | 'kubernetes'>,
  node: Node,
  pods: readonly PodName[],
): Promise<PodRole[]> {
  if (pods.length === 0 || node.cluster === null) return [];
  const { cluster } = node;
  const found = await orUnavailable(async () => {
    const kubernetes = await context.kubernetes(cluster);
    return Promise.all(pods.map((pod) => rolesOfPod(context.aws.eks, kubernetes, cluster, pod)));
  });
  if (found instanceof KubernetesUnavailable) return [];
  return [...new Map(found.flat().map((it) => [it.role, it])).values()];
}

async function rolesOfPod(
  eks: EKSClient,
  kubernetes: Kubernetes,
  cluster: string,
  { namespace, name }: PodName,
): Promise<PodRole[]> {
  const account = (await kubernetes.pod(namespace, name))?.spec?.serviceAccountName;
  if (account === undefined) return [];
  const because = `${namespace}/${name} runs under the service account ${account}`;
  const [annotated, identities] = await Promise.all([
    kubernetes.serviceAccount(namespace, account),
    eks.send(new ListPodIdentityAssociationsCommand({ clusterName: cluster, namespace, serviceAccount: account })),
  ]);
  const irsa = annotated?.metadata?.annotations?.['eks.amazonaws.com/role-arn'];
  const associated = (identities.associations ?? []).map(async ({ associationId }) => {
    const { association } = await eks.send(
      new DescribePodIdentityAssociationCommand({ clusterName: cluster, associationId }),
    );
    return association?.roleArn;
  });
  return [irsa, ...(await Promise.all(associated))].flatMap((arn) =>
    arn === undefined ? [] : [{ role: nameOfArn(arn), because }],
  );
}
