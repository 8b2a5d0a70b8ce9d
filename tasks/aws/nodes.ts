import {
  type Activity,
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, DescribeVolumesCommand, type EC2Client, type Filter } from '@aws-sdk/client-ec2';
import { clusterTagKeys, clusterTagPrefix } from '../../runbooks/node-lifecycle';
import type { AwsClients } from './clients';
import { clusterByTags, filter, pages, readCluster, readInterfaces, type Tags, tagsOf } from './network';

/**
 * Reads instances as nodes, and the Auto Scaling groups that they stand in. What is gone is simply not in the answer.
 * Errors are AWS's own.
 */

/** The Cluster Autoscaler finds its groups by tags that begin so, and end with the cluster's name. */
const autoscalerTagPrefix = 'k8s.io/cluster-autoscaler/';

export interface Node {
  readonly id: string;
  /** `running`, `stopping`, `terminated`, … */
  readonly state: string;
  /** Why it came to its state, such as `Server.SpotInstanceTermination`; null where nothing ended it. */
  readonly stateReason: string | null;
  readonly vpcId: string | null;
  readonly subnetId: string | null;
  readonly privateDnsName: string | null;
  readonly imageId: string | null;
  readonly instanceType: string | null;
  readonly spot: boolean;
  readonly instanceProfile: string | null;
  /** When it was launched or last started, milliseconds since the epoch; null where EC2 does not say. */
  readonly launchedAt: number | null;
  readonly metadata: { readonly httpTokens: string; readonly httpEndpoint: string; readonly hopLimit: number } | null;
  readonly volumes: readonly NodeVolume[];
  readonly tags: Tags;
}

export interface NodeVolume {
  readonly id: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
}

export async function readNodes(ec2: EC2Client, ...filters: readonly Filter[]): Promise<Node[]> {
  const all = await pages((token) => ec2.send(new DescribeInstancesCommand({ Filters: [...filters], ...token })));
  return all
    .flatMap(({ Reservations }) => Reservations ?? [])
    .flatMap(({ Instances }) => Instances ?? [])
    .map((it) => ({
      id: it.InstanceId ?? '',
      state: it.State?.Name ?? 'unknown',
      stateReason: it.StateReason?.Code ?? null,
      vpcId: it.VpcId ?? null,
      subnetId: it.SubnetId ?? null,
      privateDnsName: it.PrivateDnsName ?? null,
      imageId: it.ImageId ?? null,
      instanceType: it.InstanceType ?? null,
      spot: it.InstanceLifecycle === 'spot',
      instanceProfile: it.IamInstanceProfile?.Arn ?? null,
      launchedAt: it.LaunchTime?.getTime() ?? null,
      metadata:
        it.MetadataOptions === undefined
          ? null
          : {
              httpTokens: it.MetadataOptions.HttpTokens ?? 'optional',
              httpEndpoint: it.MetadataOptions.HttpEndpoint ?? 'enabled',
              hopLimit: it.MetadataOptions.HttpPutResponseHopLimit ?? 1,
            },
      volumes: (it.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
        Ebs?.VolumeId === undefined
          ? []
          : [{ id: Ebs.VolumeId, device: DeviceName ?? '', deleteOnTermination: Ebs.DeleteOnTermination ?? false }],
      ),
      tags: tagsOf(it.Tags),
    }));
}

/** EC2 takes 200 values in a filter. */
export async function readNodesById(ec2: EC2Client, ids: readonly string[]): Promise<Node[]> {
  const found: Node[] = [];
  for (let start = 0; start < ids.length; start += 200) {
    found.push(...(await readNodes(ec2, filter('instance-id', ids.slice(start, start + 200)))));
  }
  return found;
}

/** Every instance of a cluster, whatever its state: by its own tags, its group's, or the cluster's security group. */
export async function readNodesOf({ autoScaling, ec2, eks }: NodeClients, cluster: string): Promise<Node[]> {
  const groupTags = [`${clusterTagPrefix}${cluster}`, `${autoscalerTagPrefix}${cluster}`];
  const groups = await Promise.all([
    readScalingGroups(autoScaling, { tagKeys: groupTags }),
    readScalingGroups(autoScaling, { tag: { key: 'eks:cluster-name', value: cluster } }),
  ]);
  const securityGroup = (await readCluster(eks, cluster))?.clusterSecurityGroupId ?? null;
  const interfaces = securityGroup === null ? [] : await readInterfaces(ec2, filter('group-id', [securityGroup]));
  const ids = [
    ...groups.flat().flatMap(({ inService }) => inService),
    ...interfaces.flatMap(({ instanceId }) => instanceId ?? []),
  ];
  const described = await Promise.all([
    readNodes(ec2, filter('tag-key', [`${clusterTagPrefix}${cluster}`])),
    ...clusterTagKeys.map((key) => readNodes(ec2, filter(`tag:${key}`, [cluster]))),
    readNodesById(ec2, [...new Set(ids)]),
  ]);
  const found = new Map(described.flat().map((node) => [node.id, node]));
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

type NodeClients = Pick<AwsClients, 'autoScaling' | 'ec2' | 'eks'>;

export interface Volume {
  readonly id: string;
  readonly state: string;
  readonly instanceId: string | null;
  readonly device: string | null;
  readonly tags: Tags;
}

export async function readVolumes(ec2: EC2Client, ...filters: readonly Filter[]): Promise<Volume[]> {
  const all = await pages((token) => ec2.send(new DescribeVolumesCommand({ Filters: [...filters], ...token })));
  return all
    .flatMap(({ Volumes }) => Volumes ?? [])
    .map((it) => ({
      id: it.VolumeId ?? '',
      state: it.State ?? 'unknown',
      instanceId: it.Attachments?.[0]?.InstanceId ?? null,
      device: it.Attachments?.[0]?.Device ?? null,
      tags: tagsOf(it.Tags),
    }));
}

export interface ScalingGroup {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly inService: readonly string[];
  readonly protectedFromScaleIn: readonly string[];
  /** Processes that somebody suspended, such as `Launch`. */
  readonly suspended: readonly string[];
  /** The role by which it ends and launches instances. */
  readonly roleArn: string | null;
  readonly tags: Tags;
}

export async function readScalingGroups(
  client: AutoScalingClient,
  which:
    | readonly string[]
    | { readonly tagKeys: readonly string[] }
    | { readonly tag: { readonly key: string; readonly value: string } },
): Promise<ScalingGroup[]> {
  if ('length' in which && which.length === 0) return [];
  const input =
    'tagKeys' in which
      ? { Filters: [filter('tag-key', which.tagKeys)] }
      : 'tag' in which
        ? { Filters: [filter(`tag:${which.tag.key}`, [which.tag.value])] }
        : { AutoScalingGroupNames: [...which] };
  const all = await pages((token) => client.send(new DescribeAutoScalingGroupsCommand({ ...input, ...token })));
  return all
    .flatMap(({ AutoScalingGroups }) => AutoScalingGroups ?? [])
    .map((it) => {
      const inService = (it.Instances ?? []).filter(({ LifecycleState }) => LifecycleState === 'InService');
      return {
        name: it.AutoScalingGroupName ?? '',
        min: it.MinSize ?? 0,
        max: it.MaxSize ?? 0,
        desired: it.DesiredCapacity ?? 0,
        inService: inService.map(({ InstanceId }) => InstanceId ?? '').sort(),
        protectedFromScaleIn: inService
          .filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn === true)
          .map(({ InstanceId }) => InstanceId ?? '')
          .sort(),
        suspended: (it.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? '').sort(),
        roleArn: it.ServiceLinkedRoleARN ?? null,
        tags: tagsOf(it.Tags),
      };
    });
}

/** What an Auto Scaling group did, and why, in its own words. */
export interface ScalingActivity {
  readonly group: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly instanceId: string | null;
  readonly cause: string;
}

/** A group's youngest activities; none where the group is gone or its name is nobody's. */
export async function readActivities(client: AutoScalingClient, group: string): Promise<ScalingActivity[]> {
  const { Activities = [] } = await client.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, IncludeDeletedGroups: true, MaxRecords: 100 }),
  );
  return Activities.map((it: Activity) => ({
    group,
    time: it.StartTime?.getTime() ?? 0,
    instanceId: /\bi-[0-9a-f]+\b/.exec(it.Description ?? '')?.[0] ?? null,
    cause: it.Cause ?? '',
  }));
}

/** The cluster whose nodes an Auto Scaling group launches, by its tags and by those that the Cluster Autoscaler finds it by. */
export function clusterOfGroup(tags: Tags): string | null {
  const named = Object.keys(tags)
    .filter((key) => key.startsWith(autoscalerTagPrefix))
    .map((key) => key.slice(autoscalerTagPrefix.length))
    .find((name) => name !== 'enabled' && !name.startsWith('node-template/'));
  return clusterByTags(tags) ?? named ?? null;
}

/** What Auto Scaling sets on the instances that it launches. */
export const scalingGroupTag = 'aws:autoscaling:groupName';

/** By what Karpenter and EKS Auto Mode set on the instances that they launch, and older releases of Karpenter did. */
const nodePoolTags = [
  'eks:kubernetes-node-pool-name',
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
] as const;

/** The node pool that launched an instance, and the tag that says so; null where none did. */
export function nodePoolOf(tags: Tags): { readonly tag: string; readonly name: string } | null {
  for (const tag of nodePoolTags) {
    const name = tags[tag];
    if (name !== undefined) return { tag, name };
  }
  return null;
}

export function groupOfNode(tags: Tags): string | null {
  return tags[scalingGroupTag] ?? null;
}
