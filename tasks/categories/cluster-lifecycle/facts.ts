import {
  type Act,
  type ChangeWindow,
  type ClusterLifecycleFacts,
  type ClusterLifecycleSettings,
  clusterLifecycleEventFacts,
  weekdays,
} from '../../../runbooks/cluster-lifecycle';
import type { ActionContext } from '../../actions/action';
import { listAddons, listFargateProfiles, listNodegroups } from '../../aws/clusters';
import { ownerByTags } from '../../aws/network';
import { endpointSetting } from '../../clusters/endpoint';
import { unprotectedClusters } from '../../clusters/protection';
import { recordedCluster } from '../../clusters/recorded';
import { readStanding } from '../../clusters/status';
import { readOrphanedVolumes } from '../../clusters/volumes';
import type { Dossier } from '../../dossier';
import { unlessRefused } from '../../unless-refused';

/** The facts of the whole incident, with the cluster as it is now or as it was recorded last. */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  settings: ClusterLifecycleSettings,
): Promise<ClusterLifecycleFacts> {
  const { eks, ec2 } = context.aws;
  const events = dossier.events.map(({ facts }) => clusterLifecycleEventFacts.parse(facts));
  const [{ name, tags } = { name: '', tags: {} }] = dossier.clusters;
  const { cluster, clusterStatus } = await readStanding(context, name);
  const going = clusterStatus === 'DELETING' || clusterStatus === 'gone';
  const first = dossier.events[0]?.time ?? dossier.openedAt;
  const recorded = recordedCluster.safeParse(
    going ? await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, first) : null,
  );
  const count = (what: string, list: () => Promise<readonly string[]>) =>
    unlessRefused(context, `the ${what} of ${name}`, null, async () => (await list()).length);
  const answers = events.map(({ grantsAdmin }) => grantsAdmin);
  const deleted = events.some(({ resource, kind }) => resource === 'cluster' && kind === 'deleted');
  return {
    acts: distinct(events.map(({ resource, kind }): Act => `${resource}-${kind}`)),
    attempts: distinct(events.flatMap(({ attempt }) => attempt ?? [])),
    grantsAdmin: answers.includes('yes') ? 'yes' : answers.includes('unknown') ? 'unknown' : 'no',
    principals: distinct(events.flatMap(({ principal }) => principal ?? [])),
    settings: distinct(events.flatMap((it) => it.settings)),
    weakens: distinct(events.flatMap((it) => it.weakens)),
    clusterStatus,
    endpointPublic: yesOrNo(
      cluster === null ? (clusterStatus === 'gone' ? false : undefined) : endpointSetting.of(cluster).publicAccess,
    ),
    deletionProtection: yesOrNo(
      cluster?.deletionProtection ?? (recorded.success ? recorded.data.cluster.deletionProtection : undefined),
    ),
    inChangeWindow: dossier.events.every(({ time }) => settings.changeWindows.some((window) => isWithin(window, time))),
    approvedRegion: settings.approvedRegions.length === 0 || settings.approvedRegions.includes(dossier.region),
    missingTags: going && Object.keys(tags).length === 0 ? [] : settings.requiredTags.filter((tag) => !(tag in tags)),
    owner: ownerByTags(tags),
    held: recorded.success
      ? {
          nodegroups: recorded.data.nodegroups.length,
          fargateProfiles: recorded.data.fargateProfiles.length,
          addons: recorded.data.addons.length,
        }
      : {
          nodegroups: await count('node groups', () => listNodegroups(eks, name)),
          fargateProfiles: await count('Fargate profiles', () => listFargateProfiles(eks, name)),
          addons: await count('add-ons', () => listAddons(eks, name)),
        },
    // Of a cluster that stands, a volume that is attached to nothing is daily life.
    orphanedVolumes: deleted
      ? (await unlessRefused(context, `what ${name} left behind`, [], () => readOrphanedVolumes(ec2, name))).flatMap(
          ({ VolumeId }) => VolumeId ?? [],
        )
      : [],
    unprotected: (
      await unlessRefused(context, 'which clusters are not protected', [], () => unprotectedClusters(eks))
    ).filter((it) => it !== name),
  };
}

function yesOrNo(value: boolean | undefined): 'yes' | 'no' | 'unknown' {
  return value === undefined ? 'unknown' : value ? 'yes' : 'no';
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)];
}

/** Whether a moment lies within a window, which may go on into the next day. */
export function isWithin({ days, from, to }: ChangeWindow, time: string): boolean {
  const clock = time.slice(11, 16);
  const onDay = (before: number) => {
    const day = weekdays[new Date(Date.parse(time) - before * 86_400_000).getUTCDay()];
    return day !== undefined && days.includes(day);
  };
  if (from < to) return onDay(0) && from <= clock && clock < to;
  return (onDay(0) && from <= clock) || (onDay(1) && clock < to);
}
