import {
  CreateSnapshotCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  GetConsoleOutputCommand,
  GetConsoleScreenshotCommand,
} from '@aws-sdk/client-ec2';
import { type Json, json } from '../../../runbooks/incident';
import type { LoadedPlan } from '../../../runbooks/plan-document';
import type { ActionContext } from '../../actions/action';
import { filter } from '../../aws/network';
import { readNodesById, readScalingGroups, readVolumes, type Volume } from '../../aws/nodes';
import type { Dossier } from '../../dossier';
import { unlessRefused } from '../../unless-refused';
import type { Category, Collector } from '../category';
import { behindEvents, factsOf, isDaily, type KnownNode, knownNodes } from './behind';
import { kindOf } from './facts';

/**
 * So many nodes are looked into: each takes five calls, and the task has two minutes. Of the others the events and the
 * state remain.
 */
const most = 20;

/** By this tag a snapshot is found again, so that none is made twice. */
const incidentTag = 'eks-incident-response/incident';

/**
 * What is left of a node whose end or change goes back to somebody whom the plan does not trust, or to nobody known: its
 * description and console while they last, its recorded state where they do not, snapshots of the volumes that survive.
 * What automation does every day leaves its events and no more.
 */
export const nodeEvidence: NonNullable<Category['evidence']> = {
  permissions: [
    { actions: ['ec2:DescribeSnapshots', 'ec2:GetConsoleOutput', 'ec2:GetConsoleScreenshot'], on: ['*'] },
    {
      actions: ['ec2:CreateSnapshot'],
      on: [
        `arn:\${Partition}:ec2:\${Region}:\${Account}:volume/*`,
        // A snapshot's ARN has no account.
        `arn:\${Partition}:ec2:\${Region}::snapshot/*`,
      ],
    },
    {
      actions: ['ec2:CreateTags'],
      on: [`arn:\${Partition}:ec2:\${Region}::snapshot/*`],
      conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot' } },
    },
  ],
  collectors,
};

async function collectors(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<readonly Collector[]> {
  const behind = await behindEvents(context, dossier, plan);
  const suspect = dossier.events.flatMap((event, position) => {
    const it = behind[position];
    return it === undefined || isDaily(it, plan) ? [] : [{ event, known: it.cause !== 'unknown' }];
  });
  const events = suspect.map(({ event }) => event);
  const nodes = [...(await knownNodes(context, { ...dossier, events }))];
  const found: Collector[] = [];
  for (const [id, node] of nodes.slice(0, most)) {
    found.push(...ofNode(context, id, node));
    if (changedUserData(dossier, id)) found.push(userData(context, id));
  }
  const kept = nodes.slice(0, most).filter(([id, node]) =>
    suspect.some(({ event, known }) => {
      const it = factsOf(event.facts);
      return it?.instanceIds.includes(id) === true && (known || (it.act !== 'launch' && !comesAndGoes(node)));
    }),
  );
  try {
    for (const id of await volumesOf(context, events, new Map(kept), await atRisk(context, events))) {
      found.push(snapshot(context, dossier.incidentId, id));
    }
  } catch (error) {
    // Which volumes there are is one kind of evidence: the others are kept all the same.
    const volumes = { kind: 'volume-snapshot', name: 'volume-snapshots', description: 'snapshots of the volumes' };
    found.push({ ...volumes, collect: () => Promise.reject(error) });
  }
  if (nodes.length > most) {
    const left = `the other ${nodes.length - most} nodes`;
    found.push({
      kind: 'node',
      name: 'nodes',
      lasts: true,
      description: left,
      collect: () => refuse(`only ${most} are looked into`),
    });
  }
  return found;
}

/**
 * Nodes of Karpenter and of EKS Auto Mode, and Spot capacity, come and go all day, and EC2 tells of it before CloudTrail
 * says by whom: their volumes are snapshot once it is known that it was not daily life, as those of new nodes are.
 */
function comesAndGoes(node: KnownNode): boolean {
  const spot = (node.described ?? node.recorded)?.spot === true;
  return spot || ['karpenter', 'auto-mode'].includes(kindOf(node));
}

function ofNode({ aws }: ActionContext, id: string, { described, gone, recorded }: KnownNode): Collector[] {
  const about = (kind: string, description: string, collect: Collector['collect']): Collector => ({
    kind,
    name: `${kind}/${id}`,
    lasts: kind === 'baseline',
    description: `${description} of ${id}`,
    collect,
  });
  const before = about('baseline', 'what was recorded before', async () => asJson(recorded));
  if (gone) {
    const missing = about('instance-description', 'the description', () =>
      refuse(
        recorded === null ? 'it can no longer be described, and was never recorded' : 'it can no longer be described',
      ),
    );
    return [before, missing];
  }
  return [
    before,
    about('instance-description', 'the description', async () => {
      const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return asJson(Reservations?.[0]?.Instances?.[0]);
    }),
    about('console-output', 'the console output', async () => {
      const { Output, Timestamp } = await aws.ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
      return Output === undefined ? null : { base64: Output, at: Timestamp?.toISOString() ?? null };
    }),
    about('console-screenshot', 'the screen', async () => {
      // Only what runs has a screen; of what may not be described nobody can say that it does not.
      if (described !== null && described.state !== 'running') return null;
      const { ImageData } = await aws.ec2.send(new GetConsoleScreenshotCommand({ InstanceId: id }));
      return ImageData === undefined ? null : { jpegBase64: ImageData };
    }),
  ];
}

function changedUserData({ events }: Dossier, id: string): boolean {
  return events.some(({ facts }) => {
    const read = factsOf(facts);
    return read?.instanceIds.includes(id) === true && read.weakens.includes('user-data');
  });
}

/** CloudTrail leaves out what user data holds. */
function userData({ aws }: ActionContext, id: string): Collector {
  return {
    kind: 'user-data',
    name: `user-data/${id}`,
    description: `the user data of ${id}`,
    async collect() {
      const { UserData } = await aws.ec2.send(
        new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' }),
      );
      return UserData?.Value === undefined ? null : { base64: UserData.Value };
    },
  };
}

/** The nodes of a group that is being made smaller: which of them Auto Scaling will choose, nobody knows before. */
async function atRisk(context: ActionContext, events: Dossier['events']): Promise<string[]> {
  const groups = events.flatMap(({ facts }) => {
    const it = factsOf(facts);
    return it?.act === 'set-capacity' || it?.act === 'update-group' ? (it.autoScalingGroup ?? []) : [];
  });
  const { aws } = context;
  const members = await unlessRefused(context, `the nodes of ${groups.join(', ')}`, [], async () => {
    const found = await readScalingGroups(aws.autoScaling, [...new Set(groups)]);
    return readNodesById(aws.ec2, found.flatMap(({ inService }) => inService).slice(0, most));
  });
  // What was launched since is what took their place.
  const began = Date.parse(events[0]?.time ?? '');
  return members.filter(({ launchedAt }) => (launchedAt ?? 0) < began).map(({ id }) => id);
}

/** The volumes that nodes have, those that they had, and those that were taken from them. */
async function volumesOf(
  { aws }: ActionContext,
  events: Dossier['events'],
  nodes: ReadonlyMap<string, KnownNode>,
  others: readonly string[],
): Promise<string[]> {
  const ids = [...new Set([...nodes.keys(), ...others])];
  const attached = ids.length === 0 ? [] : await readVolumes(aws.ec2, filter('attachment.instance-id', ids));
  const recorded = [...nodes.values()].flatMap((node) => node.recorded?.volumes ?? []);
  const detached = events.flatMap(({ facts }) => factsOf(facts)?.volumeIds ?? []);
  return [...new Set([...attached.map(({ id }) => id), ...recorded.map(({ id }) => id), ...detached])].sort();
}

function snapshot({ aws }: ActionContext, incidentId: string, volumeId: string): Collector {
  return {
    kind: 'volume-snapshot',
    name: `volume-snapshot/${volumeId}`,
    lasts: true,
    description: `a snapshot of ${volumeId}`,
    async collect() {
      const { Snapshots = [] } = await aws.ec2.send(
        new DescribeSnapshotsCommand({
          OwnerIds: ['self'],
          Filters: [filter('volume-id', [volumeId]), filter(`tag:${incidentTag}`, [incidentId])],
        }),
      );
      const [known] = Snapshots;
      if (known?.SnapshotId !== undefined) return asRecord(known.SnapshotId, volumeId, known.StartTime);
      const [volume]: (Volume | undefined)[] = await readVolumes(aws.ec2, filter('volume-id', [volumeId]));
      if (volume === undefined) return refuse('the volume is gone: it was deleted with its instance');
      // A point in time as soon as it is accepted; that it completes later changes nothing of what it holds.
      const made = await aws.ec2.send(
        new CreateSnapshotCommand({
          VolumeId: volumeId,
          Description: `Evidence of incident ${incidentId}`,
          TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: incidentTag, Value: incidentId }] }],
        }),
      );
      return asRecord(made.SnapshotId ?? '', volumeId, made.StartTime);
    },
  };
}

function asRecord(snapshotId: string, volumeId: string, startTime: Date | undefined): Json {
  return { snapshotId, volumeId, startTime: startTime?.toISOString() ?? null };
}

async function refuse(why: string): Promise<never> {
  throw new Error(why);
}

function asJson(value: unknown): Json | null {
  return value == null ? null : json.parse(JSON.parse(JSON.stringify(value)));
}
