import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import {
  clusterByTags,
  filter,
  type NetworkInterface,
  readCluster,
  readInstances,
  readInterfaces,
} from '../aws/network';
import { groupsOfInterfaces, isolationName } from '../forensics/isolation-groups';
import { readForProposal, writeNetwork } from '../network/permissions';
import { readPrior } from '../network/prior';
import { interfaceState } from '../network/state';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';
import { touchesOf } from './touches';

const side = z.strictObject({ groupIds: z.array(z.string()) });

/** Gives an interface back the security groups that it had, whether it was changed itself or through its instance. */
export const restoreInterfaceGroups: Action = {
  id: 'restore-interface-groups',
  description: 'Gives a network interface back the security groups that it had before',
  permissions: {
    read: readForProposal,
    write: [
      writeNetwork('network-interface', 'ModifyNetworkInterfaceAttribute'),
      writeNetwork('security-group', 'ModifyNetworkInterfaceAttribute'),
      writeNetwork('instance', 'ModifyNetworkInterfaceAttribute'),
    ],
  },

  async propose(context, dossier) {
    const changes = new Map<string, Change>();
    for (const { touch, time } of touchesOf(dossier)) {
      const found = await interfaceOf(context, touch);
      if (found === null || changes.has(found.id)) continue;
      const change = await proposeFor(context, found, time);
      if (change !== null) changes.set(found.id, change);
    }
    return [...changes.values()];
  },

  async present({ aws }, change) {
    const [it] = await readInterfaces(aws.ec2, filter('network-interface-id', [change.target.id]));
    return it === undefined ? null : { groupIds: [...it.groupIds] };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    await context.aws.ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: change.target.id,
        Groups: side.parse(change.after).groupIds,
      }),
    );
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has other security groups` };
  },

  undo: inverted,
};

type Touch = ReturnType<typeof touchesOf>[number]['touch'];

async function interfaceOf({ aws }: ActionContext, touch: Touch): Promise<NetworkInterface | null> {
  if (touch.kind === 'interface-groups-set') {
    const [it] = await readInterfaces(aws.ec2, filter('network-interface-id', [touch.interfaceId]));
    return it ?? null;
  }
  if (touch.kind !== 'instance-groups-set') return null;
  // An instance's groups can only be set as a whole while it has one interface: that one is meant.
  const all = await readInterfaces(aws.ec2, filter('attachment.instance-id', [touch.instanceId]));
  return all.find(({ deviceIndex }) => deviceIndex === 0) ?? null;
}

async function proposeFor(context: ActionContext, found: NetworkInterface, time: string): Promise<Change | null> {
  if (await belongsToIsolated(context, found)) return null;
  const target = { type: 'AWS::EC2::NetworkInterface', id: found.id };
  const prior = await readPrior(context, target, time, interfaceState);
  const groupIds = prior === null ? await recommendedMinimum(context, found) : prior.state.groupIds;
  if (groupIds === null) {
    context.left.add(
      `Nobody knows which security groups ${found.id} had before, and it says of no cluster: look at the interface.`,
    );
    return null;
  }
  if (sameState([...found.groupIds], groupIds)) return null;
  return {
    id: `restore-interface-groups:${found.id}`,
    action: 'restore-interface-groups',
    target,
    before: { groupIds: [...found.groupIds] },
    after: { groupIds },
    line: `${found.id}: security groups ${found.groupIds.join(', ')} back to ${groupIds.join(', ')}`,
    reversible: true,
    knownFrom: prior?.from ?? 'recommended-minimum',
    owner: null,
    warnings:
      prior === null
        ? ['What stood before is not known: this is the least that EKS recommends. Compare it with what you need.']
        : [],
  };
}

/** Nobody gives back an isolated node's connections but the release of its isolation. */
async function belongsToIsolated({ aws }: ActionContext, { instanceId }: NetworkInterface): Promise<boolean> {
  if (instanceId === null) return false;
  const interfaces = await groupsOfInterfaces(aws.ec2, filter('attachment.instance-id', [instanceId]));
  return interfaces.some(({ groups }) => groups.includes(isolationName));
}

/** Every interface of a node needs the cluster's security group; null where it belongs to no cluster. */
async function recommendedMinimum({ aws }: ActionContext, found: NetworkInterface): Promise<string[] | null> {
  const [instance] =
    found.instanceId === null ? [] : await readInstances(aws.ec2, filter('instance-id', [found.instanceId]));
  const name = clusterByTags(found.tags) ?? (instance === undefined ? null : clusterByTags(instance.tags));
  const cluster = name === null ? null : await readCluster(aws.eks, name);
  return cluster?.clusterSecurityGroupId == null ? null : [cluster.clusterSecurityGroupId];
}
