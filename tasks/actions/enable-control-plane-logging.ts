import { DescribeClusterCommand, type LogType, UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { driftSettings, logTypes } from '../../runbooks/posture-drift';
import { ownerByTags } from '../aws/network';
import { readPostures } from '../permissions';
import { readPosture } from '../posture/cluster';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ types: z.array(z.enum(logTypes)) });

/** Switches on the logs of the control plane that the plan wants. It costs what CloudWatch takes for them, and breaks nothing. */
export const enableControlPlaneLogging: Action = {
  id: 'enable-control-plane-logging',
  description: 'Switches on the control-plane logs of a cluster that the plan wants and that are off',
  permissions: {
    read: [readPostures],
    write: [{ actions: ['eks:UpdateClusterConfig'], on: [`arn:\${Partition}:eks:\${Region}:\${Account}:cluster/*`] }],
  },

  async propose({ aws }, { clusters, settings }) {
    const wanted = driftSettings.safeParse(settings).data?.logTypes ?? [];
    const changes: Change[] = [];
    for (const { name } of clusters) {
      const posture = await readPosture(aws.eks, name);
      const off = wanted.filter((type) => posture?.logTypes.includes(type) === false);
      if (posture === null || off.length === 0) continue;
      const owner = ownerByTags(posture.tags);
      changes.push({
        id: `enable-control-plane-logging:${name}`,
        action: 'enable-control-plane-logging',
        target: { type: 'AWS::EKS::Cluster', id: name },
        before: { types: [...posture.logTypes] },
        after: { types: [...posture.logTypes, ...off].sort() },
        line: `${name}: keep the ${off.join(', ')} logs of the control plane`,
        reversible: true,
        knownFrom: 'event',
        owner,
        warnings: owner === null ? [] : [`${owner} made this cluster and may switch them off again at its next run.`],
      });
    }
    return changes;
  },

  async present({ aws }, { target }) {
    const posture = await readPosture(aws.eks, target.id);
    return posture === null ? null : { types: [...posture.logTypes] };
  },

  async apply(context, change) {
    const { eks } = context.aws;
    const present = await this.present(context, change);
    if (present === null || sameState(present, change.after)) return;
    const types = side.parse(change.after).types;
    const off = side.parse(present).types.filter((type) => !types.includes(type));
    try {
      const { update } = await eks.send(
        new UpdateClusterConfigCommand({
          name: change.target.id,
          logging: {
            clusterLogging: [
              ...(types.length === 0 ? [] : [{ types: types as LogType[], enabled: true }]),
              ...(off.length === 0 ? [] : [{ types: off as LogType[], enabled: false }]),
            ],
          },
        }),
      );
      return update?.id === undefined ? undefined : { reference: update.id };
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceInUseException') {
        return { waitingFor: `another update of ${change.target.id} to end` };
      }
      throw error;
    }
  },

  async verify(context, change) {
    if (sameState(await this.present(context, change), change.after)) return { state: 'done' };
    const { cluster } = await context.aws.eks.send(new DescribeClusterCommand({ name: change.target.id }));
    return cluster?.status === 'UPDATING'
      ? { state: 'pending', waitingFor: `${change.target.id} to be updated` }
      : { state: 'failed', reason: `${change.target.id} has other logs on` };
  },

  undo: inverted,
};
