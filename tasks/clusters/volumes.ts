import { DescribeVolumesCommand, type EC2Client, type Volume } from '@aws-sdk/client-ec2';
import { filter } from '../aws/network';
import type { Permission } from '../permission';

export const readVolumes: Permission = { actions: ['ec2:DescribeVolumes'], on: ['*'] };

/** The tags by which volumes say whose they are: of the CSI driver, of the cloud provider before it, of Auto Mode. */
const marks = (cluster: string) => [
  filter('tag-key', [`kubernetes.io/cluster/${cluster}`]),
  filter('tag:KubernetesCluster', [cluster]),
  filter('tag:eks:eks-cluster-name', [cluster]),
];

/** The volumes that carry a cluster's tags and are attached to nothing, by their ids. */
export async function readOrphanedVolumes(ec2: EC2Client, cluster: string): Promise<Volume[]> {
  const found = new Map<string, Volume>();
  for (const mark of marks(cluster)) {
    let token: string | undefined;
    do {
      const page = await ec2.send(
        new DescribeVolumesCommand({
          Filters: [mark, filter('status', ['available'])],
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const volume of page.Volumes ?? []) if (volume.VolumeId !== undefined) found.set(volume.VolumeId, volume);
      token = page.NextToken === '' ? undefined : page.NextToken;
    } while (token !== undefined);
  }
  return [...found.values()].sort((a, b) => ((a.VolumeId ?? '') < (b.VolumeId ?? '') ? -1 : 1));
}
