import {
  DescribeInstancesCommand,
  type EC2Client,
  type Instance as Ec2Instance,
  type InstanceStateName,
} from '@aws-sdk/client-ec2';
import type { NodeForensicsFacts } from '../../runbooks/node-forensics';
import { clusterByTags, filter, type NetworkInterface, readInterfaces, type Tags } from '../aws/network';

/** An instance that is a node of a cluster, as EC2 has it. */
export interface Node {
  readonly id: string;
  readonly state: InstanceStateName;
  readonly type: string;
  readonly imageId: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly platform: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateDnsName: string;
  readonly spot: boolean;
  /** Run by AWS in the customer's account: EKS Auto Mode. Most of it cannot be changed. */
  readonly managedByEks: boolean;
  readonly profileArn: string | null;
  readonly volumes: readonly {
    readonly device: string;
    readonly volumeId: string;
    readonly deleteOnTermination: boolean;
  }[];
  readonly rootDeviceType: string;
  readonly cluster: string | null;
  readonly tags: Tags;
}

/** The instance; null where EC2 no longer knows it. Errors are AWS's own. */
export async function readNode(ec2: EC2Client, instanceId: string): Promise<Node | null> {
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [filter('instance-id', [instanceId])] }),
  );
  const found = Reservations?.[0]?.Instances?.[0];
  return found === undefined ? null : nodeOf(found);
}

function nodeOf(it: Ec2Instance): Node {
  const tags: Tags = Object.fromEntries((it.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  return {
    id: it.InstanceId ?? '',
    state: it.State?.Name ?? 'running',
    type: it.InstanceType ?? '',
    imageId: it.ImageId ?? '',
    architecture: it.Architecture === 'arm64' ? 'arm64' : 'x86_64',
    platform: it.PlatformDetails ?? it.Platform ?? '',
    vpcId: it.VpcId ?? '',
    subnetId: it.SubnetId ?? '',
    privateDnsName: it.PrivateDnsName ?? '',
    spot: it.InstanceLifecycle === 'spot',
    managedByEks: it.Operator?.Managed === true && it.Operator.Principal?.startsWith('eks.') === true,
    profileArn: it.IamInstanceProfile?.Arn ?? null,
    volumes: (it.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) =>
      Ebs?.VolumeId === undefined
        ? []
        : [{ device: DeviceName, volumeId: Ebs.VolumeId, deleteOnTermination: Ebs.DeleteOnTermination ?? false }],
    ),
    rootDeviceType: it.RootDeviceType ?? 'ebs',
    cluster: clusterByTags(tags),
    tags,
  };
}

/** Nothing can be done to it any more, nor by it. */
export function isOver({ state }: Pick<Node, 'state'>): boolean {
  return state === 'shutting-down' || state === 'terminated';
}

/**
 * Every interface through which the node or its pods speak: those attached to it, and the branch interfaces that the VPC
 * resource controller hangs on its trunk for pods with security groups of their own.
 */
export async function readNodeInterfaces(ec2: EC2Client, instanceId: string): Promise<NetworkInterface[]> {
  const attached = await readInterfaces(ec2, filter('attachment.instance-id', [instanceId]));
  const trunks = attached.filter(({ description }) => description.includes('trunk')).map(({ id }) => id);
  const branches =
    trunks.length === 0 ? [] : await readInterfaces(ec2, filter('tag:vpcresources.k8s.aws/trunk-eni-id', trunks));
  // A node may write that tag on the interfaces of others, too: one that is attached to an instance is that instance's.
  const own = branches.filter((it) => it.instanceId === null);
  return [...attached, ...own].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function kindOf(node: Node): NodeForensicsFacts['kind'] {
  if (node.managedByEks) return 'auto-mode';
  if (Object.keys(node.tags).some((key) => key.startsWith('karpenter.sh/'))) return 'karpenter';
  if (node.tags['eks:nodegroup-name'] !== undefined) return 'managed-node-group';
  return 'self-managed';
}

/** By what EC2 and the image's name say; the cluster knows better where it can be asked. */
export function systemOf(node: Pick<Node, 'platform'>, imageName: string | null): NodeForensicsFacts['system'] {
  if (/windows/i.test(node.platform)) return 'windows';
  if (imageName === null) return 'unknown';
  if (/bottlerocket/i.test(imageName)) return 'bottlerocket';
  return /windows/i.test(imageName) ? 'windows' : 'linux';
}

/** The name of a profile or a role, which is the last part of its ARN. */
export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
