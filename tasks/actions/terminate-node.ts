import {
  DescribeInstanceAttributeCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { replacementFirst } from '../../runbooks/node-forensics';
import { ownerByTags } from '../aws/network';
import { groupOfNode } from '../aws/nodes';
import { managerOf } from '../categories/node-compromise/nodes';
import type { Dossier } from '../dossier';
import { isOver, type Node, readNode } from '../forensics/node';
import { lastOfItsGroup, peersOf, readPeers } from '../forensics/peers';
import { nodesOf } from '../forensics/request';
import { readMembership, whyNotReplaced } from '../forensics/scaling';
import { type KeptSnapshot, snapshotsOfInstance } from '../forensics/snapshots';
import { readClusters } from '../permissions';
import type { Action, ActionContext } from './action';
import { leavingService } from './leave-auto-scaling-group';

const parameters = z.strictObject({
  /** Only snapshots from then on show what happened. */
  since: z.iso.datetime(),
  /** The Auto Scaling group that must be whole without the node; null where nobody waits for one. */
  replacedIn: z.string().nullable(),
});
type Parameters = z.infer<typeof parameters>;
const settings = z.object({ replacementFirst });

/**
 * Ends a node for good. Whether it may is looked at when it is done, not when it is proposed: each of its volumes has a
 * complete snapshot, the evidence of the incident that took them is sealed, and where the plan wants its replacement first,
 * that is healthy. Until then it waits; what is still missing when its time is over is told, and the node stays.
 */
export const terminateNode: Action = {
  id: 'terminate-node',
  description: 'Terminates a node whose evidence is sealed and whose volumes are kept as snapshots; cannot be undone',
  irreversible: true,
  permissions: {
    read: [readClusters, readPeers, { actions: ['ec2:DescribeInstanceAttribute', 'ec2:DescribeSnapshots'], on: ['*'] }],
    write: [
      {
        actions: ['ec2:ModifyInstanceAttribute', 'ec2:TerminateInstances'],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`],
      },
    ],
  },
  // A replacement that has not joined its cluster by then does not come by itself.
  takesSeconds: 1_800,

  async propose(context, dossier) {
    const [since = dossier.openedAt] = dossier.events.map(({ time }) => time).sort();
    const [nodes, spared] = await Promise.all([nodesOf(context, dossier), context.nodesSpared(dossier.incidentId)]);
    const changes = nodes
      .filter(({ id }) => !spared.includes(id))
      .map((node) => proposeFor(context, node, since, dossier));
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const node = await readNode(aws.ec2, change.target.id);
    return node === null || isOver(node)
      ? { ended: true, terminationProtection: false }
      : { ended: false, terminationProtection: await isProtected(aws.ec2, node.id) };
  },

  async apply(context, change) {
    const { ec2 } = context.aws;
    const InstanceId = change.target.id;
    const node = await readNode(ec2, InstanceId);
    if (node === null || isOver(node)) return undefined;
    const waitingFor = await whyNotYet(context, node, parameters.parse(change.parameters));
    if (waitingFor !== null) return { waitingFor };
    if (await isProtected(ec2, InstanceId)) {
      await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    }
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    return undefined;
  },

  async verify({ aws }, change) {
    const node = await readNode(aws.ec2, change.target.id);
    return node === null || node.state === 'terminated'
      ? { state: 'done' }
      : { state: 'pending', waitingFor: `${change.target.id} to end: it is ${node.state}` };
  },

  undo: () => null,
};

async function proposeFor(context: ActionContext, node: Node, since: string, dossier: Dossier): Promise<Change[]> {
  const { aws, left } = context;
  if (node.managedByEks || managerOf(node.tags).manager === 'auto-mode') {
    left.add(
      `${node.id} is not terminated: EC2 refuses that for nodes of EKS Auto Mode. Delete the node in Kubernetes.`,
    );
    return [];
  }
  const [snapshots, membership, terminationProtection, lastOne] = await Promise.all([
    snapshotsOfInstance(aws.ec2, node.id, since),
    readMembership(aws.autoScaling, node.id),
    isProtected(aws.ec2, node.id),
    nowhereToGo(context, node),
  ]);
  if (incidentsThatKeep(node, snapshots).length === 0) {
    left.add(
      `${node.id} is not terminated: no incident has kept snapshots of all its volumes since ${since}. Start node forensics on it first.`,
    );
    return [];
  }
  const group = membership?.group ?? groupOfNode(node.tags);
  const wanted = settings.parse(dossier.settings).replacementFirst;
  // A group starts nothing in the place of what is in its service.
  const leave =
    wanted && membership?.lifecycleState === 'InService' ? await leavingService(context, node.id, 'standby', true) : [];
  const owner = ownerOf(node);
  const asks: Parameters = { since, replacedIn: wanted ? group : null };
  const lifted = terminationProtection ? '; its termination protection is lifted' : '';
  return [
    ...leave,
    {
      id: `terminate-node:${node.id}`,
      action: 'terminate-node',
      target: { type: 'AWS::EC2::Instance', id: node.id },
      before: { ended: false, terminationProtection },
      after: { ended: true, terminationProtection: false },
      parameters: asks,
      line: `terminate ${node.id} (${node.imageId}): its ${node.volumes.length} volume(s) are kept as snapshots${lifted}`,
      reversible: false,
      knownFrom: 'present',
      owner,
      warnings: [
        'What is in its memory is lost.',
        ...lostVolumes(node),
        ...lastOne,
        ...(asks.replacedIn === null
          ? []
          : [`It waits until ${group} is whole and healthy without it, for half an hour at the most.`]),
        ...(wanted && group === null ? ['No Auto Scaling group counts it: it does not wait for a replacement.'] : []),
        ...(owner === null ? [] : [`${owner} starts another in its place, from the same image: correct that first.`]),
      ],
    },
  ];
}

/** What is still to come before the node may go, in words; null where nothing is. */
async function whyNotYet(
  context: ActionContext,
  node: Node,
  { since, replacedIn }: Parameters,
): Promise<string | null> {
  const snapshots = await snapshotsOfInstance(context.aws.ec2, node.id, since);
  const kept = incidentsThatKeep(
    node,
    snapshots.filter(({ state }) => state === 'completed'),
  );
  if (kept.length === 0) return `complete snapshots of all volumes of ${node.id}`;
  const target = { type: 'AWS::EC2::Instance', id: node.id };
  const sealed = await Promise.all(kept.map((incidentId) => context.isSealed(incidentId, target)));
  if (!sealed.includes(true)) return `the evidence of ${kept.join(', ')} to be sealed`;
  return replacedIn === null ? null : whyNotReplaced(context, node, replacedIn);
}

/** The incidents that have a snapshot of each of its volumes. */
function incidentsThatKeep(
  { volumes }: Node,
  snapshots: readonly (KeptSnapshot & { readonly incidentId: string })[],
): string[] {
  const incidents = [...new Set(snapshots.map(({ incidentId }) => incidentId))];
  return incidents.filter((id) =>
    volumes.every(({ volumeId }) => snapshots.some((it) => it.incidentId === id && it.volumeId === volumeId)),
  );
}

async function isProtected(ec2: EC2Client, InstanceId: string): Promise<boolean> {
  const { DisableApiTermination } = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }),
  );
  return DisableApiTermination?.Value ?? false;
}

function ownerOf({ tags }: Node): string | null {
  const { manager, group } = managerOf(tags);
  switch (manager) {
    case 'node-group':
      return `The node group ${group} by its launch template`;
    case 'karpenter':
      return `Karpenter by its node pool ${group}`;
    case 'self-managed':
      return group === null ? ownerByTags(tags) : `The Auto Scaling group ${group} by its launch template`;
    case 'auto-mode':
      return 'EKS Auto Mode';
    default:
      return manager satisfies never;
  }
}

function lostVolumes({ volumes }: Node): string[] {
  const lost = volumes.flatMap(({ deleteOnTermination, volumeId }) => (deleteOnTermination ? [volumeId] : []));
  return lost.length === 0 ? [] : [`${lost.join(', ')} will be deleted with it: only snapshots remain.`];
}

async function nowhereToGo(context: ActionContext, node: Node): Promise<string[]> {
  const peers = await peersOf(context, node);
  const last = peers === null ? undefined : lastOfItsGroup(peers);
  return last === undefined ? [] : [`${last}: what it runs has nowhere to go.`];
}
