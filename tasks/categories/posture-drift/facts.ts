import type { Resource } from '../../../runbooks/incident';
import { severities } from '../../../runbooks/incident';
import {
  type DriftEventFacts,
  type DriftFacts,
  type DriftSettings,
  driftEventFacts,
  isOverThreshold,
} from '../../../runbooks/posture-drift';
import type { ActionContext } from '../../actions/action';
import { ownerByTags, type Tags } from '../../aws/network';
import type { Dossier } from '../../dossier';
import { readPosture } from '../../posture/cluster';
import { type Drift, driftOf } from '../../posture/drift';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import { readVolume, tagsOfInstance, whereRuns } from './reach';

/**
 * So many resources are read again: two calls for each, and the task has a minute. More come together only where nobody
 * could tell of which cluster they are.
 */
const most = 50;

/** An old image has thousands of vulnerabilities, and what is decided on lies in one item of 400 KB, beside the report of it. */
const mostLines = 500;

function upToMost(lines: readonly string[]): string[] {
  const more = lines.length - mostLines;
  return more > 0 ? [...lines.slice(0, mostLines), `and ${more} more, which the evidence holds`] : [...lines];
}

/** What is not as it should be, read again: Config's word may be a day old. */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  settings: DriftSettings,
): Promise<DriftFacts> {
  const events = dossier.events.map(({ facts, subjects }) => ({ ...driftEventFacts.parse(facts), subjects }));
  const kinds = [...new Set(events.map(({ kind }) => kind))].sort();
  const versions = new Set<string>();
  const found: Drift[] = [];
  const owners = new Set<string>();
  const own = (tags: Tags) => {
    const owner = ownerByTags(tags);
    if (owner !== null) owners.add(owner);
  };
  let answered = 0;
  const looked = reach.exposed.slice(0, most);
  if (looked.length < reach.exposed.length)
    context.problems.add(`only ${most} of the ${reach.exposed.length} resources were read again`);
  for (const { type, id } of looked) {
    if (type === 'AWS::EKS::Cluster') {
      const posture = await unlessRefused(context, `how ${id} is configured`, null, () =>
        readPosture(context.aws.eks, id),
      );
      if (posture === null) continue;
      answered++;
      versions.add(posture.version);
      own(posture.tags);
      found.push(...driftOf(posture, settings).filter(({ kind }) => kinds.includes(kind)));
    } else if (type === 'AWS::EC2::Volume') {
      const volume = await unlessRefused(context, 'the volumes', null, () => readVolume(context.aws, id));
      if (volume === null) continue;
      answered++;
      const node = volume.instanceId === null ? 'no node' : volume.instanceId;
      if (!volume.encrypted)
        found.push({ kind: 'unencrypted-volume', line: `${id}, attached to ${node}, is not encrypted` });
      own(volume.instanceId === null ? volume.tags : await tagsOfInstance(context, volume.instanceId));
    } else if (type === 'AWS::EC2::Instance') own(await tagsOfInstance(context, id));
  }
  // What is not read again here is taken as it was told: Inspector sends a finding's end, Config a rule's.
  const told = events.filter(({ kind }) => kind === 'other' || isOfInspector(kind)).map(lineOf);
  const deviations = upToMost([...new Set([...found.map(({ line }) => line), ...told])].sort());
  const runsIn = await runsInOf(context, looked);
  const vulnerabilities = countOf(events);
  const [version] = versions;
  const facts = {
    kinds,
    rules: [...new Set(events.flatMap(({ rule }) => rule ?? []))].sort(),
    stands: deviations.length > 0 ? ('yes' as const) : answered > 0 ? ('no' as const) : ('unknown' as const),
    deviations,
    version: versions.size === 1 && version !== undefined ? version : null,
    vulnerabilities,
    level: [...severities].reverse().find((level) => events.some((event) => event.level === level)) ?? null,
    exploitable: overall(events.map((event) => event.exploitable)),
    overThreshold: events.some((event) => isOverThreshold(event, settings.vulnerabilities)),
    fixable: new Set(events.filter(({ fixable }) => fixable === 'yes').map(({ vulnerability }) => vulnerability)).size,
    ports: [...new Set(events.flatMap(({ ports }) => ports))].sort(),
    runsIn,
    owner: [...owners].sort().join(' and ') || null,
  };
  return { ...facts, report: reportOf(facts, dossier, reach, events) };
}

type DriftEvent = DriftEventFacts & { readonly subjects: readonly Resource[] };

function isOfInspector(kind: DriftEventFacts['kind']): boolean {
  return kind === 'vulnerability' || kind === 'network-reachability';
}

function lineOf({ kind, rule, summary, level, subjects }: DriftEvent): string {
  const about = subjects.map(({ id }) => id).join(', ');
  if (kind === 'other')
    return `${about} breaks the rule ${rule ?? 'without a name'}${summary === null ? '' : `: ${summary}`}`;
  return `${level ?? 'unrated'}: ${summary ?? 'a finding without a title'}`;
}

async function runsInOf(context: ActionContext, exposed: Reach['exposed']): Promise<string[]> {
  const found = [];
  for (const { type, id } of exposed) {
    if (type !== 'AWS::ECR::Image') continue;
    for (const { cluster, workload } of await whereRuns(context, id)) found.push(`${cluster}: ${workload}`);
  }
  return [...new Set(found)].sort();
}

/** A vulnerability that several packages have is told of once for each: it counts once. */
function countOf(events: readonly DriftEventFacts[]): DriftFacts['vulnerabilities'] {
  const of = (level: DriftEventFacts['level']) =>
    new Set(
      events
        .filter((event) => event.kind === 'vulnerability' && event.level === level)
        .map(({ vulnerability, summary }) => vulnerability ?? summary),
    ).size;
  return { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') };
}

function overall(said: readonly DriftFacts['exploitable'][]): DriftFacts['exploitable'] {
  return said.includes('yes') ? 'yes' : said.includes('no') ? 'no' : 'unknown';
}

/** What goes into a ticket: what is wrong, where, what to do about it, and who makes it so again. */
function reportOf(
  facts: Omit<DriftFacts, 'report'>,
  { account, region }: Dossier,
  { clusters, exposed }: Reach,
  events: readonly DriftEventFacts[],
): string {
  const worst = (level: DriftEventFacts['level']) => (level === null ? -1 : severities.indexOf(level));
  const vulnerabilities = [...new Map(events.map((it) => [it.vulnerability, it])).values()]
    .filter(({ vulnerability }) => vulnerability !== null)
    .sort((a, b) => worst(b.level) - worst(a.level) || (b.score ?? 0) - (a.score ?? 0))
    .map(
      ({ vulnerability, level, score, exploitable, fixable, packages }) =>
        `- ${vulnerability} ${level ?? ''} ${score ?? ''}${exploitable === 'yes' ? ', an exploit is known' : ''}${fixable === 'yes' ? ', a fix is there' : ''}: ${packages.join(', ')}`,
    );
  return [
    `Clusters: ${clusters.map(({ name }) => name).join(', ')} (${account}, ${region})`,
    `Resources: ${upToMost(exposed.map(({ id }) => id)).join(', ')}`,
    ...facts.deviations.filter(() => vulnerabilities.length === 0).map((line) => `- ${line}`),
    ...upToMost(vulnerabilities),
    ...(facts.ports.length === 0 ? [] : [`Reached from outside: ${facts.ports.join(', ')}`]),
    ...(facts.runsIn.length === 0 ? [] : [`Runs in: ${facts.runsIn.join(', ')}`]),
    ...facts.kinds.flatMap((kind) => advice[kind] ?? []),
    ...(facts.owner === null ? [] : [`Made by ${facts.owner}: correct it there, or it comes back.`]),
  ].join('\n');
}

const advice: Partial<Record<DriftEventFacts['kind'], string>> = {
  'failed-update': 'To do: read the error, put its cause right and start the update again.',
  'unapproved-version': 'To do: upgrade the cluster one minor version at a time, add-ons and nodes after it.',
  'secrets-without-key': 'To do: give the cluster a key of your own. Once it has one, it can never be taken off again.',
  'unencrypted-volume':
    'To do: a volume cannot be encrypted in place. Encrypt new ones in the launch template, replace the node.',
  vulnerability: 'To do: rebuild the image, or the node, from a version with the fixes, and roll it out.',
  'network-reachability': 'To do: close the way that Inspector found in the security group or the route.',
};
