import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  type Filter,
  GetConsoleOutputCommand,
  type Instance,
} from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand } from '@aws-sdk/client-iam';
import { type Json, json } from '../../../runbooks/incident';
import type { CompromisedNode } from '../../../runbooks/node-compromise';
import type { ActionContext } from '../../actions/action';
import type { AwsClients } from '../../aws/clients';
import { clusterByTags, filter, type Tags } from '../../aws/network';
import { groupOfNode, nodePoolOf } from '../../aws/nodes';
import { errorName } from '../../errors';
import { unlessRefused } from '../../unless-refused';

/** Instances as EC2 describes them; one that is gone is simply not in the answer. */
export async function describeInstances(
  { ec2 }: Pick<AwsClients, 'ec2'>,
  ...filters: readonly Filter[]
): Promise<Instance[]> {
  const found: Instance[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [...filters],
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    found.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found;
}

export function tagsOf({ Tags }: Pick<Instance, 'Tags'>): Tags {
  return Object.fromEntries((Tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}

/** What AWS knows of a node, by its instance's id. */
export async function readNode(
  context: Pick<ActionContext, 'aws' | 'problems'>,
  instanceId: string,
): Promise<Omit<CompromisedNode, 'knownFrom' | 'pods' | 'processIds'>> {
  const { aws } = context;
  const described = await unlessRefused(context, `the instance ${instanceId}`, null, () =>
    describeInstances(aws, filter('instance-id', [instanceId])),
  );
  // One that we may not read is there as far as anybody knows.
  if (described === null) return { ...unknownNode, instanceId, state: 'unknown' };
  const [instance] = described;
  if (instance === undefined) return { ...unknownNode, instanceId };
  const profileArn = instance.IamInstanceProfile?.Arn ?? null;
  const [operatingSystem, role, sharing] = await Promise.all([
    unlessRefused(context, `the image of ${instanceId}`, 'unknown' as const, () => operatingSystemOf(aws, instance)),
    profileArn === null
      ? null
      : unlessRefused(context, `the role of ${instanceId}`, null, () => roleOf(aws, profileArn)),
    profileArn === null ? [] : runningWith(aws, profileArn),
  ]);
  const tags = tagsOf(instance);
  return {
    instanceId,
    cluster: clusterByTags(tags),
    state: instance.State?.Name ?? 'unknown',
    ...managerOf(tags),
    spot: instance.InstanceLifecycle === 'spot',
    operatingSystem,
    imageId: instance.ImageId ?? null,
    role,
    shareRole: sharing.filter((id) => id !== instanceId).length,
  };
}

const unknownNode: Omit<CompromisedNode, 'instanceId' | 'knownFrom' | 'pods' | 'processIds'> = {
  cluster: null,
  state: 'gone',
  manager: 'self-managed',
  group: null,
  spot: false,
  operatingSystem: 'unknown',
  imageId: null,
  role: null,
  shareRole: 0,
};

/** Who starts nodes like this one, by the tags that each of them sets. */
export function managerOf(tags: Tags): Pick<CompromisedNode, 'manager' | 'group'> {
  const autoMode = tags['eks:kubernetes-node-pool-name'] ?? tags['eks:eks-cluster-name'];
  if (autoMode !== undefined) return { manager: 'auto-mode', group: tags['eks:kubernetes-node-pool-name'] ?? null };
  const nodePool = nodePoolOf(tags);
  if (nodePool !== null) return { manager: 'karpenter', group: nodePool.name };
  const nodegroup = tags['eks:nodegroup-name'];
  if (nodegroup !== undefined) return { manager: 'node-group', group: nodegroup };
  return { manager: 'self-managed', group: groupOfNode(tags) };
}

async function operatingSystemOf(
  { ec2 }: Pick<AwsClients, 'ec2'>,
  { Platform, ImageId }: Instance,
): Promise<CompromisedNode['operatingSystem']> {
  if (Platform === 'Windows') return 'windows';
  if (ImageId === undefined) return 'unknown';
  const { Images } = await ec2.send(new DescribeImagesCommand({ Filters: [filter('image-id', [ImageId])] }));
  const [image] = Images ?? [];
  // An image that was deregistered since, or never shared with this account.
  if (image === undefined) return 'unknown';
  return /^bottlerocket-/i.test(image.Name ?? '') ? 'bottlerocket' : 'linux';
}

async function roleOf({ iam }: Pick<AwsClients, 'iam'>, profileArn: string): Promise<string | null> {
  try {
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName: profileArn.split('/').at(-1) }),
    );
    return InstanceProfile?.Roles?.[0]?.Arn ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
    throw error;
  }
}

/** The instances that run with a profile: they are hit together when its role is. */
export async function runningWith(aws: Pick<AwsClients, 'ec2'>, profileArn: string): Promise<string[]> {
  const found = await describeInstances(
    aws,
    filter('iam-instance-profile.arn', [profileArn]),
    filter('instance-state-name', ['pending', 'running', 'stopping', 'stopped']),
  );
  return found.flatMap(({ InstanceId }) => InstanceId ?? []);
}

/**
 * A node as evidence keeps it: EC2's whole description and what it wrote on its console, which both are gone about an hour
 * after the instance is. Null where EC2 does not know it.
 */
export async function stateOfInstance(aws: Pick<AwsClients, 'ec2'>, instanceId: string): Promise<Json | null> {
  const [instance] = await describeInstances(aws, filter('instance-id', [instanceId]));
  if (instance === undefined) return null;
  return json.parse(JSON.parse(JSON.stringify({ instance, console: await consoleOf(aws, instanceId) })));
}

async function consoleOf({ ec2 }: Pick<AwsClients, 'ec2'>, InstanceId: string): Promise<Json> {
  try {
    const { Output, Timestamp } = await ec2.send(new GetConsoleOutputCommand({ InstanceId }));
    return { output: Buffer.from(Output ?? '', 'base64').toString('utf8'), at: Timestamp?.toISOString() ?? null };
  } catch (error) {
    // The description alone is worth keeping: what could not be had is said beside it.
    return { missing: errorName(error) };
  }
}
