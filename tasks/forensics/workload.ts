import {
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { V1Pod } from '@kubernetes/client-node';
import type { NodeForensicsRequest } from '../../runbooks/node-forensics';
import { matchesWildcard } from '../../runbooks/wildcard';
import type { ActionContext } from '../actions/action';
import { describeCluster } from '../aws/clusters';
import type { Dossier } from '../dossier';
import type { Kubernetes } from '../kubernetes/kubernetes';
import { KubernetesUnavailable } from '../kubernetes/kubernetes';
import { isProtected } from '../own-roles';
import { items, part, textsAt } from '../triage/cloudtrail';
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
  context: Pick<ActionContext, 'aws' | 'kubernetes' | 'left'>,
  dossier: Pick<Dossier, 'account' | 'clusters' | 'events'>,
): Promise<PodRole[]> {
  const request = requestOf(dossier);
  if (request === null || (request.pods.length === 0 && !isFargate(request.node))) return [];
  const found = dossier.clusters.map(async ({ name }) => {
    const roles = await orUnavailable(async () => {
      const kubernetes = await context.kubernetes(name);
      const pods = await suspectsIn(kubernetes, request);
      return (await Promise.all(pods.map((pod) => rolesOfPod(context, kubernetes, dossier.account, name, pod)))).flat();
    });
    return roles instanceof KubernetesUnavailable ? [] : roles;
  });
  return [...new Map((await Promise.all(found)).flat().map((it) => [it.role, it])).values()];
}

async function rolesOfPod(
  { aws: { eks, iam }, left }: Pick<ActionContext, 'aws' | 'left'>,
  kubernetes: Kubernetes,
  account: string,
  cluster: string,
  { metadata: { namespace = '', name } = {}, spec }: V1Pod,
): Promise<PodRole[]> {
  const serviceAccount = spec?.serviceAccountName;
  if (serviceAccount === undefined) return [];
  const because = `${namespace}/${name} runs under the service account ${serviceAccount}`;
  const [annotated, issuer, identities] = await Promise.all([
    kubernetes.serviceAccount(namespace, serviceAccount),
    issuerOf(eks, cluster),
    eks.send(new ListPodIdentityAssociationsCommand({ clusterName: cluster, namespace, serviceAccount })),
  ]);
  const irsa = annotated?.metadata?.annotations?.['eks.amazonaws.com/role-arn'];
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const believed = irsa === undefined ? false : canAssume(iam, { account, subject, issuer }, irsa);
  const associated = (identities.associations ?? []).map(async ({ associationId }) => {
    const { association } = await eks.send(
      new DescribePodIdentityAssociationCommand({ clusterName: cluster, associationId }),
    );
    return association?.roleArn;
  });
  const [isItsOwn, ...others] = await Promise.all([believed, ...associated]);
  if (irsa !== undefined && !isItsOwn) {
    left.add(`${because}, which names the role ${irsa} and cannot have it: that role is left alone.`);
  }
  return [isItsOwn ? irsa : undefined, ...others].flatMap((arn) =>
    arn === undefined || !mayBeChanged(arn, account) ? [] : [{ role: nameOfArn(arn), because }],
  );
}

/** Roles that may be changed are of this account, and not protected. */
function mayBeChanged(arn: string, account: string): boolean {
  const [, owner, path = ''] = /^arn:[^:]+:iam::(\d{12}):role(\/(?:.*\/)?)[^/]+$/.exec(arn) ?? [];
  return owner === account && !isProtected(path);
}

async function issuerOf(eks: EKSClient, cluster: string): Promise<string> {
  const issuer = (await describeCluster(eks, cluster))?.identity?.oidc?.issuer ?? '';
  return issuer.replace('https://', '');
}

/**
 * Whether a service account can have a role by IRSA. Its annotation alone is no proof: whoever may write it could have the
 * sessions of any role revoked. What decides is whom the role trusts.
 */
async function canAssume(
  iam: IAMClient,
  { account, subject, issuer }: { readonly account: string; readonly subject: string; readonly issuer: string },
  arn: string,
): Promise<boolean> {
  if (issuer === '' || !mayBeChanged(arn, account)) return false;
  let document: unknown;
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: nameOfArn(arn) }));
    document = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '{}'));
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return false;
    throw error;
  }
  return items(part(document)['Statement']).some((statement) => {
    const federated = part(statement, 'Principal')['Federated'];
    const providers = typeof federated === 'string' ? [federated] : textsAt(federated);
    if (statement['Effect'] !== 'Allow' || !providers.some((it) => it.endsWith(`:oidc-provider/${issuer}`)))
      return false;
    const asked = Object.values(part(statement, 'Condition')).flatMap((test) => {
      const value = part(test)[`${issuer}:sub`];
      return value === undefined ? [] : [typeof value === 'string' ? [value] : textsAt(value)];
    });
    return asked.every((patterns) => patterns.some((it) => matchesWildcard(it, subject)));
  });
}
