import { DescribeAddressesCommand, DescribeImagesCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import type { NodeForensicsFacts, NodeForensicsRequest } from '../../../runbooks/node-forensics';
import type { ActionContext } from '../../actions/action';
import { filter } from '../../aws/network';
import type { Dossier } from '../../dossier';
import { collectionAllowance } from '../../forensics/isolation-groups';
import { isOver, kindOf, type Node, readNode, readNodeInterfaces, systemOf } from '../../forensics/node';
import { peersOf } from '../../forensics/peers';
import { instancesOf, requestOf } from '../../forensics/request';
import { profileAssociation, roleOfProfile, sharersOf } from '../../forensics/roles';
import { kubernetesOf, orUnavailable, suspectsIn } from '../../forensics/workload';
import { KubernetesUnavailable } from '../../kubernetes/kubernetes';

/** What can be known of a node in a moment, all of it asked at once. */
export async function factsOf(context: ActionContext, dossier: Dossier): Promise<NodeForensicsFacts> {
  const request = requestOf(dossier);
  const asked = {
    because: request?.because ?? '',
    requestedBy: request?.requestedBy ?? '',
    parentSeverity: request?.parent?.severity ?? null,
    suspects: request?.pods.length ?? 0,
  };
  const [instanceId] = instancesOf(dossier);
  const node = instanceId === undefined ? null : await readNode(context.aws.ec2, instanceId);
  if (node === null) {
    return instanceId === undefined && request !== null
      ? {
          ...nothingKnown,
          ...asked,
          kind: 'fargate',
          system: 'linux',
          ...(await fargateFacts(context, dossier, request)),
        }
      : { ...nothingKnown, ...asked, kind: 'self-managed', state: 'gone' };
  }
  const [interfaces, elasticAddresses, system, instanceStore, role, scaling, agent, endpoints, cluster] =
    await Promise.all([
      orElse(async () => (await readNodeInterfaces(context.aws.ec2, node.id)).length, 0),
      orElse(() => elasticAddressesOf(context, node), 0),
      orElse(async () => systemOf(node, await imageNameOf(context, node)), 'unknown' as const),
      orElse(() => instanceStoreOf(context, node), 'unknown' as const),
      orElse(() => roleOf(context, node), { role: null, roleSharedWith: 0 }),
      orElse(() => scalingOf(context, node), { autoScalingGroup: null, lastHealthy: 'unknown' as const }),
      orElse(() => agentOf(context, node), 'unknown' as const),
      orElse(
        async (): Promise<NodeForensicsFacts['endpoints']> =>
          (await collectionAllowance(context.aws.ec2, node.vpcId)) === null ? 'no' : 'yes',
        'unknown' as const,
      ),
      kubernetesFacts(context, node),
    ]);
  return {
    state: node.state,
    kind: kindOf(node),
    system,
    spot: node.spot,
    interfaces,
    volumes: node.volumes.length,
    instanceStore,
    elasticAddresses,
    ...role,
    ...scaling,
    agent,
    endpoints,
    ...cluster,
    ...asked,
  };
}

const nothingKnown = {
  system: 'unknown',
  spot: false,
  interfaces: 0,
  volumes: 0,
  instanceStore: 'unknown',
  elasticAddresses: 0,
  role: null,
  roleSharedWith: 0,
  autoScalingGroup: null,
  lastHealthy: 'unknown',
  agent: 'unknown',
  endpoints: 'unknown',
  kubernetes: 'no-access',
  pods: null,
} as const;

/** What AWS does not tell is not known: no reason to wait with the rest. */
async function orElse<T>(ask: () => Promise<T>, unknown: NoInfer<T>): Promise<T> {
  try {
    return await ask();
  } catch {
    return unknown;
  }
}

/** Of a node of Fargate only its cluster knows anything. */
async function fargateFacts(
  context: ActionContext,
  { clusters }: Pick<Dossier, 'clusters'>,
  request: NodeForensicsRequest,
): Promise<Pick<NodeForensicsFacts, 'state' | 'kubernetes' | 'pods'>> {
  const found = await orUnavailable(async () => {
    const kubernetes = await kubernetesOf(context, clusters[0]?.name ?? null);
    if (kubernetes instanceof KubernetesUnavailable) return kubernetes;
    const [node, suspects] = await Promise.all([kubernetes.node(request.node), suspectsIn(kubernetes, request)]);
    return { isThere: node !== null || suspects.length > 0, pods: suspects.length };
  }).catch(() => new KubernetesUnavailable('unreachable', 'the cluster gave an odd answer'));
  return found instanceof KubernetesUnavailable
    ? { state: 'running', kubernetes: found.reason, pods: null }
    : { state: found.isThere ? 'running' : 'gone', kubernetes: 'reachable', pods: found.pods };
}

async function elasticAddressesOf({ aws }: ActionContext, node: Node): Promise<number> {
  const { Addresses } = await aws.ec2.send(
    new DescribeAddressesCommand({ Filters: [filter('instance-id', [node.id])] }),
  );
  return Addresses?.length ?? 0;
}

async function imageNameOf({ aws }: ActionContext, node: Node): Promise<string | null> {
  const { Images } = await aws.ec2.send(
    new DescribeImagesCommand({ Filters: [filter('image-id', [node.imageId])], IncludeDeprecated: true }),
  );
  return Images?.[0]?.Name ?? null;
}

async function instanceStoreOf({ aws }: ActionContext, node: Node): Promise<'yes' | 'no' | 'unknown'> {
  const { InstanceTypes } = await aws.ec2.send(
    new DescribeInstanceTypesCommand({ Filters: [filter('instance-type', [node.type])] }),
  );
  const supported = InstanceTypes?.[0]?.InstanceStorageSupported;
  return supported === undefined ? 'unknown' : supported ? 'yes' : 'no';
}

async function roleOf({ aws }: ActionContext, node: Node): Promise<{ role: string | null; roleSharedWith: number }> {
  const profile = (await profileAssociation(aws.ec2, node.id))?.IamInstanceProfile?.Arn ?? node.profileArn;
  if (profile === null) return { role: null, roleSharedWith: 0 };
  const [role, sharers] = await Promise.all([roleOfProfile(aws.iam, profile), sharersOf(aws.ec2, profile, node.id)]);
  return { role, roleSharedWith: sharers.length };
}

async function scalingOf(
  context: ActionContext,
  node: Node,
): Promise<{ autoScalingGroup: string | null; lastHealthy: 'yes' | 'no' | 'unknown' }> {
  const peers = await peersOf(context, node);
  const autoScalingGroup = peers?.group.kind === 'auto-scaling-group' ? peers.group.name : null;
  // What is over carries nothing any more.
  if (isOver(node)) return { autoScalingGroup, lastHealthy: 'no' };
  return {
    autoScalingGroup,
    lastHealthy: peers === null ? 'unknown' : peers.healthyOthers.length === 0 ? 'yes' : 'no',
  };
}

async function agentOf({ aws }: ActionContext, node: Node): Promise<NodeForensicsFacts['agent']> {
  const { InstanceInformationList } = await aws.ssm.send(
    new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [node.id] }] }),
  );
  const found = InstanceInformationList?.[0];
  return found === undefined ? 'absent' : found.PingStatus === 'Online' ? 'online' : 'offline';
}

async function kubernetesFacts(
  context: ActionContext,
  { id, cluster }: Node,
): Promise<Pick<NodeForensicsFacts, 'kubernetes' | 'pods'>> {
  if (cluster === null) return { kubernetes: 'no-access', pods: null };
  const found = await orUnavailable(async () => {
    const kubernetes = await context.kubernetes(cluster);
    const [node, pods] = await Promise.all([kubernetes.nodeOf(id), kubernetes.pods()]);
    return pods.filter(({ spec }) => spec?.nodeName === node?.metadata?.name).length;
  }).catch(() => new KubernetesUnavailable('unreachable', 'the cluster gave an odd answer'));
  return found instanceof KubernetesUnavailable
    ? { kubernetes: found.reason, pods: null }
    : { kubernetes: 'reachable', pods: found };
}
