import { type Instance, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import { compromiseTouch } from '../../runbooks/node-compromise';
import { filter, ownerByTags } from '../aws/network';
import { describeInstances, managerOf, tagsOf } from '../categories/node-compromise/nodes';
import type { Dossier } from '../dossier';
import { readNodes } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';

const ended = new Set(['shutting-down', 'terminated']);

/** Terminates a node that cannot be trusted again. Its volumes may go with it: the evidence comes first. */
export const terminateInstance: Action = {
  id: 'terminate-instance',
  description: 'Terminates a node; cannot be undone',
  permissions: {
    read: readNodes,
    write: [{ actions: ['ec2:TerminateInstances'], on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`] }],
  },

  async propose(context, dossier) {
    const changes = [];
    for (const instanceId of nodesOf(dossier)) {
      const change = await proposeFor(context, instanceId);
      if (change !== null) changes.push(change);
    }
    return changes;
  },

  async present({ aws }, { target }) {
    const [instance] = await describeInstances(aws, filter('instance-id', [target.id]));
    return instance === undefined ? null : { terminated: ended.has(instance.State?.Name ?? '') };
  },

  async apply(context, change) {
    const present = await this.present(context, change);
    if (present === null || sameState(present, change.after)) return;
    await context.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [change.target.id] }));
  },

  async verify({ aws }, { target }) {
    const [instance] = await describeInstances(aws, filter('instance-id', [target.id]));
    const state = instance?.State?.Name;
    if (state === undefined || state === 'terminated') return { state: 'done' };
    return state === 'shutting-down'
      ? { state: 'pending', waitingFor: `${target.id} to end` }
      : { state: 'failed', reason: `${target.id} is ${state}` };
  },

  undo: () => null,
};

function nodesOf({ events }: Dossier): string[] {
  const touches = events.flatMap((event) => event.touches.map((touch) => compromiseTouch.safeParse(touch)));
  return [...new Set(touches.flatMap(({ data }) => (data?.kind === 'node' ? data.instanceId : [])))];
}

async function proposeFor({ aws }: ActionContext, instanceId: string): Promise<Change | null> {
  const [instance] = await describeInstances(aws, filter('instance-id', [instanceId]));
  if (instance === undefined || ended.has(instance.State?.Name ?? '')) return null;
  const { manager, group } = managerOf(tagsOf(instance));
  // EC2 refuses to terminate what EKS Auto Mode runs: only Kubernetes can, by deleting the node.
  if (manager === 'auto-mode') return null;
  const owner = ownerOf(instance);
  return {
    id: `terminate-instance:${instanceId}`,
    action: 'terminate-instance',
    target: { type: 'AWS::EC2::Instance', id: instanceId },
    before: { terminated: false },
    after: { terminated: true },
    line: `terminate ${instanceId} (${instance.ImageId ?? 'no image'})`,
    reversible: false,
    knownFrom: 'event',
    owner,
    warnings: [
      ...lostVolumes(instance),
      ...(await lastOfItsGroup(aws, instance, group)),
      ...(owner === null ? [] : [`${owner} starts another in its place, from the same image: correct that first.`]),
    ],
  };
}

function ownerOf(instance: Instance): string | null {
  const tags = tagsOf(instance);
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

function lostVolumes({ BlockDeviceMappings }: Instance): string[] {
  const lost = (BlockDeviceMappings ?? []).flatMap(({ Ebs }) =>
    Ebs?.DeleteOnTermination === true && Ebs.VolumeId !== undefined ? [Ebs.VolumeId] : [],
  );
  return lost.length === 0 ? [] : [`${lost.join(', ')} will be deleted with it: take snapshots before you approve.`];
}

async function lastOfItsGroup(aws: ActionContext['aws'], instance: Instance, group: string | null): Promise<string[]> {
  const tags = tagsOf(instance);
  const key = ['eks:nodegroup-name', 'karpenter.sh/nodepool', 'aws:autoscaling:groupName'].find((it) => it in tags);
  if (group === null || key === undefined) return [];
  const running = await describeInstances(
    aws,
    filter(`tag:${key}`, [group]),
    filter('instance-state-name', ['running']),
  );
  const others = running.filter(({ InstanceId }) => InstanceId !== instance.InstanceId);
  return others.length > 0 ? [] : [`It is the last running node of ${group}: what it runs has nowhere to go.`];
}
