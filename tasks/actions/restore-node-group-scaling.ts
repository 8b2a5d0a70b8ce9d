import { type EKSClient, type Nodegroup, UpdateNodegroupConfigCommand } from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeNodegroup, readUpdateInProgress } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { clusterTouchesOf } from '../clusters/touches';
import { beginUpdate, updateStands } from '../clusters/updates';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

/** The bounds of a node group. How many nodes it has between them is for its autoscaler to say. */
const scaling = z.strictObject({ minSize: z.number().int(), maxSize: z.number().int() });

/** Gives a node group back the bounds that it had. Where nobody recorded them, nothing is proposed. */
export const restoreNodeGroupScaling: Action = {
  id: 'restore-node-group-scaling',
  description: 'Gives a managed node group back the minimum and the maximum size that it had before',
  takesSeconds: 900,
  permissions: {
    read: [readClustersWhole],
    write: [writeCluster('nodegroup', 'UpdateNodegroupConfig')],
  },

  async propose(context, dossier) {
    const changes = new Map<string, Change>();
    for (const { cluster, name, resource, kind, time } of clusterTouchesOf(dossier)) {
      const id = `${cluster}/${name ?? ''}`;
      if (resource !== 'node-group' || kind !== 'updated' || name === null || changes.has(id)) continue;
      const described = await describeNodegroup(context.aws.eks, cluster, name);
      const now = described === null ? null : await readBounds(context.aws.eks, cluster, name, described);
      const stood = recordedBounds(await context.baseline({ type: 'AWS::EKS::Cluster', id: cluster }, time), name);
      if (described === null || now === null || stood === null || sameState(now, stood)) continue;
      const owner = ownerByTags(described.tags ?? {});
      changes.set(id, {
        id: `restore-node-group-scaling:${id}`,
        action: 'restore-node-group-scaling',
        target: { type: 'AWS::EKS::Nodegroup', id },
        before: now,
        after: stood,
        line: `${id}: ${tell(now)} back to ${tell(stood)}`,
        reversible: true,
        knownFrom: 'baseline',
        owner,
        warnings: [
          ...(stood.maxSize < (described.scalingConfig?.desiredSize ?? 0)
            ? ['The group has more nodes than that now: the surplus is drained and ended.']
            : []),
          ...(owner === null ? [] : [`${owner} made this node group and sets it its own way at its next run.`]),
        ],
      });
    }
    return [...changes.values()];
  },

  async present({ aws }, { target }) {
    const { cluster, name } = partsOf(target.id);
    const described = await describeNodegroup(aws.eks, cluster, name);
    return described === null ? null : readBounds(aws.eks, cluster, name, described);
  },

  async apply(context, change) {
    const { cluster: clusterName, name: nodegroupName } = partsOf(change.target.id);
    const described = await describeNodegroup(context.aws.eks, clusterName, nodegroupName);
    if (described?.status === 'UPDATING') return { waitingFor: `another update of ${nodegroupName}` };
    if (sameState(boundsOf(described?.scalingConfig), change.after)) return undefined;
    const { minSize, maxSize } = scaling.parse(change.after);
    const desiredSize = Math.min(Math.max(described?.scalingConfig?.desiredSize ?? minSize, minSize), maxSize);
    const input = { clusterName, nodegroupName, scalingConfig: { minSize, maxSize, desiredSize } };
    return beginUpdate(nodegroupName, () => context.aws.eks.send(new UpdateNodegroupConfigCommand(input)));
  },

  async verify(context, change, reference) {
    const { cluster, name } = partsOf(change.target.id);
    const begun = await updateStands(context.aws.eks, cluster, reference, name);
    if (begun !== null) return begun;
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has other bounds` };
  },

  undo: inverted,
};

function boundsOf(config: { minSize?: number | undefined; maxSize?: number | undefined } | undefined) {
  const parsed = scaling.safeParse({ minSize: config?.minSize, maxSize: config?.maxSize });
  return parsed.success ? parsed.data : null;
}

/** As they will be when EKS has carried out what it was asked to: until then the group may be described as it was. */
async function readBounds(eks: EKSClient, cluster: string, name: string, described: Nodegroup) {
  const now = boundsOf(described.scalingConfig);
  if (described.status !== 'UPDATING') return now;
  const update = await readUpdateInProgress(eks, cluster, name);
  const said = new Map((update?.params ?? []).map(({ type, value }) => [type, Number(value)]));
  return boundsOf({ minSize: said.get('MinSize') ?? now?.minSize, maxSize: said.get('MaxSize') ?? now?.maxSize });
}

function tell({ minSize, maxSize }: z.infer<typeof scaling>): string {
  return `${minSize} to ${maxSize} nodes`;
}

function partsOf(id: string): { cluster: string; name: string } {
  const [cluster = '', name = ''] = id.split('/');
  return { cluster, name };
}

const recorded = z.looseObject({
  nodegroups: z.array(
    z.looseObject({
      nodegroupName: z.string(),
      scalingConfig: z.looseObject({ minSize: z.number(), maxSize: z.number() }),
    }),
  ),
});

function recordedBounds(state: Json | null, name: string): z.infer<typeof scaling> | null {
  const parsed = recorded.safeParse(state);
  const found = parsed.success ? parsed.data.nodegroups.find(({ nodegroupName }) => nodegroupName === name) : undefined;
  return boundsOf(found?.scalingConfig);
}
