import { UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import type { Change } from '../../runbooks/change';
import type { Json } from '../../runbooks/incident';
import { describeCluster } from '../aws/clusters';
import { ownerByTags } from '../aws/network';
import { readClustersWhole, writeCluster } from '../clusters/permissions';
import { type ClusterSetting, readSetting } from '../clusters/setting';
import { statusOf } from '../clusters/status';
import { beginUpdate, updateStands } from '../clusters/updates';
import type { Dossier } from '../dossier';
import type { Permission } from '../permission';
import { readConfigHistory } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

/** How a setting should be, and where that is known from. */
interface Wanted<State> {
  readonly state: State;
  readonly knownFrom: Change['knownFrom'];
  readonly warnings?: readonly string[];
}

interface SettingAction<State extends Json> {
  readonly id: string;
  readonly description: string;
  readonly setting: ClusterSetting<State>;
  /** Rights beside UpdateClusterConfig. */
  readonly alsoWrites?: readonly Permission[];
  /** The clusters that it is about; those of the incident where it is left out. */
  readonly clusters?: (context: ActionContext, dossier: Dossier) => Promise<readonly string[]>;
  /** Null where the action leaves the cluster as it is. */
  readonly wanted: (
    context: ActionContext,
    dossier: Dossier,
    name: string,
    now: State,
  ) => Promise<Wanted<State> | null>;
}

/**
 * A cluster takes 10 to 15 minutes to be made, and takes no update before; an update takes some minutes, and waits for
 * another that is under way.
 */
const takesSeconds = 2_400;

/** Clusters in these states take an update, now or soon. */
const changeable = new Set(['CREATING', 'ACTIVE', 'UPDATING']);

/** An action that sets one of a cluster's settings: begun when EKS takes an update, verified by that update. */
export function clusterSettingAction<State extends Json>(it: SettingAction<State>): Action {
  const { id, description, setting, wanted } = it;
  return {
    id,
    description,
    takesSeconds,
    permissions: {
      read: [readClustersWhole, readConfigHistory],
      write: [writeCluster('cluster', 'UpdateClusterConfig'), ...(it.alsoWrites ?? [])],
    },

    async propose(context, dossier) {
      const changes = [];
      const names = (await it.clusters?.(context, dossier)) ?? dossier.clusters.map(({ name }) => name);
      for (const name of names) {
        const cluster = await describeCluster(context.aws.eks, name);
        const status = statusOf(cluster);
        if (cluster === null || !changeable.has(status)) continue;
        const now = await readSetting(context.aws.eks, cluster, setting);
        const found = await wanted(context, dossier, name, now);
        if (found === null || sameState(now, found.state)) continue;
        const owner = ownerByTags(cluster.tags ?? {});
        changes.push({
          id: `${id}:${name}`,
          action: id,
          target: { type: 'AWS::EKS::Cluster', id: name },
          before: now,
          after: found.state,
          line: `${name}: ${setting.tell(now)} → ${setting.tell(found.state)}`,
          reversible: true,
          knownFrom: found.knownFrom,
          owner,
          warnings: [
            ...(found.warnings ?? []),
            ...setting.effects(now, found.state),
            ...(status === 'ACTIVE' ? [] : [`The cluster is ${status}: it is done as soon as EKS takes an update.`]),
            ...(owner === null
              ? []
              : [`${owner} made this cluster and sets it its own way at its next run: change it there too.`]),
          ],
        });
      }
      return changes;
    },

    async present({ aws }, { target }) {
      const cluster = await describeCluster(aws.eks, target.id);
      return cluster === null || !changeable.has(statusOf(cluster)) ? null : readSetting(aws.eks, cluster, setting);
    },

    async apply({ aws }, { target: { id: name }, after }) {
      const cluster = await describeCluster(aws.eks, name);
      const status = statusOf(cluster);
      if (cluster === null || status !== 'ACTIVE') return { waitingFor: `${name} to be ACTIVE: it is ${status}` };
      if (sameState(setting.of(cluster), after)) return undefined;
      const input = { name, ...setting.input(setting.schema.parse(after)) };
      return beginUpdate(name, () => aws.eks.send(new UpdateClusterConfigCommand(input)));
    },

    async verify({ aws }, { target: { id: name }, after }, reference) {
      const begun = await updateStands(aws.eks, name, reference);
      if (begun !== null) return begun;
      const cluster = await describeCluster(aws.eks, name);
      const status = statusOf(cluster);
      if (cluster === null || status === 'DELETING') return { state: 'failed', reason: `${name} is ${status}` };
      const now = setting.of(cluster);
      if (sameState(now, after)) return { state: 'done' };
      return status === 'UPDATING'
        ? { state: 'pending', waitingFor: `${name} to be ACTIVE` }
        : { state: 'failed', reason: `${name} is not as it should be: ${setting.tell(now)}` };
    },

    undo: inverted,
  };
}
