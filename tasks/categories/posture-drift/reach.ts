import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { GetClustersForImageCommand } from '@aws-sdk/client-inspector2';
import type { Resource } from '../../../runbooks/incident';
import type { ActionContext } from '../../actions/action';
import type { AwsClients } from '../../aws/clients';
import { clusterByTags, filter, type Tags } from '../../aws/network';
import { readTouchedCluster } from '../../clusters/touched';
import type { JoinedEvent } from '../../dossier';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import { describeInstances, tagsOf } from '../node-compromise/nodes';

type Asking = Pick<ActionContext, 'aws' | 'problems'>;

/** A workload that runs an image, as Inspector has seen it. */
interface Running {
  readonly cluster: string;
  readonly workload: string;
}

/**
 * Which clusters an event is about: the cluster itself, the cluster of a node or of the node that a volume is attached to,
 * the clusters in which Inspector sees an image run. Of a cluster that
 * is gone nothing is wrong any more: none.
 */
export async function reachOf(context: ActionContext, { subjects }: Pick<JoinedEvent, 'subjects'>): Promise<Reach> {
  const found = new Map<string, Set<Resource>>();
  const add = (cluster: string | null, exposed: Resource) => {
    if (cluster !== null) found.set(cluster, (found.get(cluster) ?? new Set()).add(exposed));
  };
  for (const subject of subjects) {
    switch (subject.type) {
      case 'AWS::EKS::Cluster':
        add(subject.id, subject);
        break;
      case 'AWS::EC2::Instance':
        add(await clusterOfInstance(context, subject.id), subject);
        break;
      case 'AWS::EC2::Volume':
        add(await clusterOfVolume(context, subject.id), subject);
        break;
      case 'AWS::ECR::Image':
        for (const { cluster } of await whereRuns(context, subject.id)) add(cluster, subject);
        break;
    }
  }
  const clusters: Reach['clusters'] = [];
  const within: Resource[] = [];
  for (const [name, resources] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const cluster = await readTouchedCluster(context, name);
    // What Config tells of a cluster may be a day old, and tags can name what never was. Where an image runs is Inspector's
    // word, which sees the clusters of other accounts as well.
    if (cluster === null && [...resources].every(({ type }) => type !== 'AWS::ECR::Image')) continue;
    clusters.push(cluster ?? { name, tags: {} });
    within.push(...resources);
  }
  const exposed = [...new Map(within.map((it) => [it.id, it])).values()];
  return { clusters, touches: [], exposed };
}

async function clusterOfInstance(context: Asking, id: string): Promise<string | null> {
  return clusterByTags(await tagsOfInstance(context, id));
}

/** None where it is gone; none that are known where we may not read it. */
export function tagsOfInstance(context: Asking, id: string): Promise<Tags> {
  return unlessRefused(context, 'the instances', {}, async () => {
    const [instance] = await describeInstances(context.aws, filter('instance-id', [id]));
    return instance === undefined ? {} : tagsOf(instance);
  });
}

/** A volume that is attached to nothing belongs to whom its own tags name: those that a CSI driver makes have them. */
async function clusterOfVolume(context: Asking, id: string): Promise<string | null> {
  const volume = await unlessRefused(context, 'the volumes', null, () => readVolume(context.aws, id));
  if (volume === null) return null;
  return (
    (volume.instanceId === null ? null : await clusterOfInstance(context, volume.instanceId)) ??
    clusterByTags(volume.tags)
  );
}

export interface Volume {
  readonly id: string;
  readonly encrypted: boolean;
  readonly instanceId: string | null;
  readonly tags: Tags;
}

/** Null where it is gone. */
export async function readVolume({ ec2 }: Pick<AwsClients, 'ec2'>, id: string): Promise<Volume | null> {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [filter('volume-id', [id])] }));
  const [volume] = Volumes ?? [];
  if (volume === undefined) return null;
  return {
    id,
    encrypted: volume.Encrypted === true,
    instanceId: volume.Attachments?.[0]?.InstanceId ?? null,
    tags: tagsOf(volume),
  };
}

/** As `runningImage`; nowhere that is known where we may not ask. */
export function whereRuns(context: Asking, image: string): Promise<Running[]> {
  return unlessRefused(context, 'where Inspector sees images run', [], () => runningImage(context.aws, image));
}

/** Where Inspector sees an image run, by the image's ARN. ECS clusters are left out. */
async function runningImage({ inspector }: Pick<AwsClients, 'inspector'>, resourceId: string): Promise<Running[]> {
  const found: Running[] = [];
  let token: string | undefined;
  do {
    const page = await inspector.send(
      new GetClustersForImageCommand({ filter: { resourceId }, ...(token === undefined ? {} : { nextToken: token }) }),
    );
    for (const { clusterArn, clusterDetails } of page.cluster ?? []) {
      const cluster = /^arn:[^:]+:eks:[^:]+:\d+:cluster\/(.+)$/.exec(clusterArn ?? '')?.[1];
      if (cluster === undefined) continue;
      for (const { clusterMetadata } of clusterDetails ?? []) {
        const { namespace, workloadInfoList } = clusterMetadata?.awsEksMetadataDetails ?? {};
        const workloads = (workloadInfoList ?? []).map(({ name }) => name ?? '');
        for (const name of workloads.length === 0 ? ['?'] : workloads) {
          found.push({ cluster, workload: `${namespace ?? '?'}/${name}` });
        }
      }
    }
    token = page.nextToken;
  } while (token !== undefined && token !== '');
  return found;
}
