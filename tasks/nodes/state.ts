import * as z from 'zod';
import type { Json, Resource } from '../../runbooks/incident';
import type { AwsClients } from '../aws/clients';
import { clusterByTags, filter } from '../aws/network';
import { groupOfNode, type Node, readNodesById, readScalingGroups, readVolumes, type ScalingGroup } from '../aws/nodes';

/** How nodes are recorded: what the baseline keeps, and what evidence shows. */

export const metadataOptions = z.strictObject({
  httpTokens: z.string(),
  httpEndpoint: z.string(),
  hopLimit: z.number().int(),
});

export const nodeState = z.strictObject({
  cluster: z.string().nullable(),
  autoScalingGroup: z.string().nullable(),
  state: z.string(),
  privateDnsName: z.string().nullable(),
  imageId: z.string().nullable(),
  instanceType: z.string().nullable(),
  subnetId: z.string().nullable(),
  spot: z.boolean(),
  instanceProfile: z.string().nullable(),
  metadata: metadataOptions.nullable(),
  volumes: z.array(z.strictObject({ id: z.string(), device: z.string(), deleteOnTermination: z.boolean() })),
  tags: z.record(z.string(), z.string()),
});
export type NodeState = z.infer<typeof nodeState>;

export const scalingGroupState = z.strictObject({
  min: z.number().int(),
  max: z.number().int(),
  desired: z.number().int(),
  instanceIds: z.array(z.string()),
  suspended: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
});

export function stateOfNode(node: Node): NodeState {
  const { id: _id, vpcId: _vpc, stateReason: _reason, launchedAt: _launched, volumes, tags, ...rest } = node;
  return {
    ...rest,
    cluster: clusterByTags(tags),
    autoScalingGroup: groupOfNode(tags),
    volumes: [...volumes].sort((a, b) => (a.id < b.id ? -1 : 1)),
    tags: { ...tags },
  };
}

export function stateOfGroup({ min, max, desired, inService, suspended, tags }: ScalingGroup) {
  return { min, max, desired, instanceIds: [...inService], suspended: [...suspended], tags: { ...tags } };
}

/** How a node, its Auto Scaling group or its volume stands now; null where it is gone, or is none of these. */
export async function readNodeState(
  { ec2, autoScaling }: Pick<AwsClients, 'ec2' | 'autoScaling'>,
  { type, id }: Resource,
): Promise<Json | null> {
  switch (type) {
    case 'AWS::EC2::Instance': {
      const [node] = await readNodesById(ec2, [id]);
      return node === undefined ? null : stateOfNode(node);
    }
    case 'AWS::AutoScaling::AutoScalingGroup': {
      const [group] = await readScalingGroups(autoScaling, [id]);
      return group === undefined ? null : stateOfGroup(group);
    }
    case 'AWS::EC2::Volume': {
      const [volume] = await readVolumes(ec2, filter('volume-id', [id]));
      if (volume === undefined) return null;
      const { state, instanceId, device, tags } = volume;
      return { state, instanceId, device, tags };
    }
    default:
      return null;
  }
}
