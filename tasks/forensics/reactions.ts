import type { ActionContext } from '../actions/action';
import { describeNodegroup } from '../aws/clusters';
import { filter, readInterfaces } from '../aws/network';
import { readVolumes } from '../aws/nodes';
import { managerOf } from '../categories/node-compromise/nodes';
import { errorName } from '../errors';
import { kindOf, type Node, readNodeInterfaces } from './node';

/** What others will do to a node that is cut off, and to what it shares with others: a responder reads it before saying yes. */
export async function reactionsTo(context: Pick<ActionContext, 'aws'>, node: Node): Promise<string[]> {
  const [volumes, repair, shared] = await Promise.all([
    orSaid('Whose volumes it has', podVolumes(context, node)),
    orSaid('Whether node repair is on', repairOf(context, node)),
    orSaid('With whom it shares its security groups', sharedGroups(context, node)),
  ]);
  return [
    'Kubernetes evicts the pods of a node that it cannot reach after 300 s and starts them elsewhere, with the image that they have; those of a StatefulSet wait until the node is gone.',
    ...volumes,
    ...repair,
    ...shared,
  ];
}

/** What cannot be told is said: a node is not left connected for want of a warning. */
export async function orSaid(what: string, told: Promise<string[]>): Promise<string[]> {
  try {
    return await told;
  } catch (error) {
    return [`${what} is not known: ${errorName(error)}.`];
  }
}

/**
 * The attach-detach controller waits six minutes for a volume to be unmounted, then takes it from a node that is not ready:
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/
 */
async function podVolumes({ aws }: Pick<ActionContext, 'aws'>, { id }: Node): Promise<string[]> {
  const volumes = await readVolumes(aws.ec2, filter('attachment.instance-id', [id]));
  const claimed = volumes.flatMap(({ id: volumeId, tags }) => {
    const claim = tags['kubernetes.io/created-for/pvc/name'];
    const namespace = tags['kubernetes.io/created-for/pvc/namespace'];
    return claim === undefined ? [] : [`${namespace}/${claim} (${volumeId})`];
  });
  return claimed.length === 0
    ? []
    : [
        `Volumes of its pods may be detached by force six minutes after that, and go to another node: ${claimed.sort().join(', ')}.`,
      ];
}

async function repairOf({ aws }: Pick<ActionContext, 'aws'>, node: Node): Promise<string[]> {
  switch (kindOf(node)) {
    case 'karpenter':
      return [
        'Karpenter replaces a node that it finds unhealthy after about 30 minutes, where its node repair is on: that alone is not held off.',
      ];
    case 'managed-node-group': {
      const { group } = managerOf(node.tags);
      const found =
        node.cluster === null || group === null ? null : await describeNodegroup(aws.eks, node.cluster, group);
      if (found?.nodeRepairConfig?.enabled === true) {
        return [
          `Node repair is on for the node group ${group}: EKS replaces a node that is not ready for about 30 minutes.`,
        ];
      }
      return found === null
        ? ['Where node repair is on, EKS replaces a node that is not ready for about 30 minutes.']
        : [];
    }
    default:
      return [];
  }
}

async function sharedGroups({ aws }: Pick<ActionContext, 'aws'>, { id }: Node): Promise<string[]> {
  const own = await readNodeInterfaces(aws.ec2, id);
  const groups = [...new Set(own.flatMap(({ groupIds }) => groupIds))].sort();
  if (groups.length === 0) return [];
  const all = await readInterfaces(aws.ec2, filter('group-id', groups));
  const others = all.filter((it) => !own.some((mine) => mine.id === it.id)).length;
  return others === 0
    ? []
    : [
        `Its security groups ${groups.join(', ')} are also those of ${others} other interface(s): these stay as they are.`,
      ];
}
