import {
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import type { V1Pod } from '@kubernetes/client-node';
import type { NodeForensicsRequest } from '../../runbooks/node-forensics';
import type { ActionContext } from '../actions/action';
import type { Dossier } from '../dossier';
import type { Kubernetes } from '../kubernetes/kubernetes';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { nameOfArn } from './node';
import { requestOf } from './request';

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

/** Whether a node is one of Fargate's, by its name: there is no instance behind it, and one pod runs there. */
export function isFargate(node: string): boolean {
  return node.startsWith('fargate-');
}

/** The pods under suspicion that there are: those that the requests name, and whatever runs on a Fargate node. */
export async function suspectsIn(kubernetes: Kubernetes, { node, pods }: NodeForensicsRequest): Promise<V1Pod[]> {
  const [named, here] = await Promise.all([
    Promise.all(pods.map(({ namespace, name }) => kubernetes.pod(namespace, name))),
    isFargate(node) ? kubernetes.pods() : [],
  ]);
  const found = [...named, ...here.filter(({ spec }) => spec?.nodeName === node)].flatMap((pod) => pod ?? []);
  return [...new Map(found.map((pod) => [`${pod.metadata?.namespace}/${pod.metadata?.name}`, pod])).values()];
}

/** The IAM roles that suspect pods have: by their service account's annotation (IRSA) or by EKS Pod Identity. */
export async function rolesOfSuspects(
  context: Pick<ActionContext, 'aws' | 'kubernetes'>,
  dossier: Pick<Dossier, 'clusters' | 'events'>,
): Promise<PodRole[]> {
  const request = requestOf(dossier);
  if (request === null || (request.pods.length === 0 && !isFargate(request.node))) return [];
  const found = dossier.clusters.map(async ({ name }) => {
    const roles = await orUnavailable(async () => {
      const kubernetes = await context.kubernetes(name);
      const pods = await suspectsIn(kubernetes, request);
      return (await Promise.all(pods.map((pod) => rolesOfPod(context.aws.eks, kubernetes, name, pod)))).flat();
    });
    return roles instanceof KubernetesUnavailable ? [] : roles;
  });
  return [...new Map((await Promise.all(found)).flat().map((it) => [it.role, it])).values()];
}

async function rolesOfPod(
  eks: EKSClient,
  kubernetes: Kubernetes,
  cluster: string,
  { metadata: { namespace = '', name } = {}, spec }: V1Pod,
): Promise<PodRole[]> {
  const account = spec?.serviceAccountName;
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
