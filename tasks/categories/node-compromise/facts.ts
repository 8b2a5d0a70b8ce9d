import { DescribeFargateProfileCommand, ListFargateProfilesCommand } from '@aws-sdk/client-eks';
import { GetFindingsCommand } from '@aws-sdk/client-guardduty';
import type * as z from 'zod';
import {
  type CompromiseEventFacts,
  type CompromiseFacts,
  compromiseEventFacts,
  compromiseFacts,
  type compromiseSettings,
  worstLevel,
} from '../../../runbooks/node-compromise';
import { matchesWildcard } from '../../../runbooks/wildcard';
import type { ActionContext } from '../../actions/action';
import type { AwsClients } from '../../aws/clients';
import { readCluster } from '../../aws/network';
import type { Dossier } from '../../dossier';
import { isFargate } from '../../forensics/workload';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import { readNode } from './nodes';
import { whereaboutsOf } from './whereabouts';

/** From the findings to the pod, its node and the roles in reach, as far as AWS itself can say. */
export async function factsOf(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  { samples, nodesOfWorkload }: z.output<typeof compromiseSettings>,
): Promise<CompromiseFacts> {
  const events = dossier.events.map(({ facts }) => compromiseEventFacts.parse(facts));
  const all = (pick: (event: CompromiseEventFacts) => readonly (string | null)[]) =>
    [...new Set(events.flatMap(pick))].filter((it) => it !== null).sort();
  const { aws } = context;
  // An instance that a finding names and that is no node is nobody's here.
  const named = reach.exposed.flatMap(({ type, id }) => (type === 'AWS::EC2::Instance' ? id : []));
  const [places, described, standing, existing] = await Promise.all([
    whereaboutsOf(context, events, nodesOfWorkload),
    Promise.all(named.map((id) => readNode(context, id))),
    standingOf(aws, events),
    Promise.all(
      reach.clusters.map(async ({ name }) => {
        // One that we may not read is there, or EKS would say so.
        const found = await unlessRefused(context, `the cluster ${name}`, 'refused', () => readCluster(aws.eks, name));
        return found === null ? [] : [name];
      }),
    ),
  ]);
  const known = existing.flat();
  // Of several nobody can say which it is.
  const only = known.length === 1 ? (known[0] ?? null) : null;
  const seen = compromiseFacts.safeParse(dossier.decidedOn);
  const asked = places.flatMap(({ node }) => (node.startsWith('i-') && !isNamed(events, node) ? node : []));
  const found = [...described, ...(await Promise.all(asked.map((id) => readNode(context, id))))];
  const nodes = found.map((node) => {
    const place = places.find((it) => it.node === node.instanceId);
    // What its role was before we took it away, and who had it too.
    const before = seen.success ? seen.data.nodes.find(({ instanceId }) => instanceId === node.instanceId) : undefined;
    const taken = before !== undefined && before.role !== null && before.role !== node.role;
    return {
      ...node,
      ...(taken ? { role: before.role, shareRole: before.shareRole } : {}),
      cluster: node.cluster ?? place?.cluster ?? only,
      knownFrom: isNamed(events, node.instanceId) ? ('event' as const) : ('cluster' as const),
      pods: [...(place?.pods ?? [])],
      processIds: [...(place?.processIds ?? [])],
    };
  });
  const fargate = places.flatMap(({ node, cluster, pods }) =>
    isFargate(node) && cluster !== null ? [{ node, cluster, pods: [...pods] }] : [],
  );
  const namespaces = all(({ namespace }) => [namespace]);
  const privileged = overall(events.map((event) => event.privileged));
  const roles = [...new Set(nodes.flatMap(({ role }) => role ?? []))].sort();
  const facts = {
    kinds: [...new Set(events.map(({ kind }) => kind))].sort(),
    findings: all(({ finding }) => [finding]),
    families: [...new Set(events.flatMap(({ family }) => family ?? []))].sort(),
    level: worstLevel(events.map(({ level }) => level)),
    drill: samples === 'drill' && events.every(({ sample }) => sample),
    standing,
    summaries: all(({ summary }) => [summary]),
    namespaces,
    workloads: all(({ workload }) => [workload]),
    usernames: all(({ username }) => [username]),
    images: all(({ images }) => images),
    privileged,
    remotes: all(({ remotes }) => remotes),
    accessKeys: all(({ accessKeys }) => accessKeys),
    nodes,
    fargate,
    compute:
      nodes.length > 0
        ? ('ec2' as const)
        : fargate.length > 0
          ? ('fargate' as const)
          : await unlessRefused(context, 'the Fargate profiles', 'unknown' as const, () =>
              computeOf(aws, known, namespaces),
            ),
    roles,
    clusterExists: known.length > 0,
  };
  return { ...facts, blastRadius: blastRadiusOf(facts, events) };
}

/**
 * A pod that may do what it likes has its node; a Kubernetes user beside it, or a sequence of findings, has the cluster; an
 * AWS key in a finding means that the account is in play.
 */
function blastRadiusOf(
  facts: Pick<CompromiseFacts, 'families' | 'nodes' | 'privileged' | 'accessKeys' | 'kinds'>,
  events: readonly CompromiseEventFacts[],
): CompromiseFacts['blastRadius'] {
  if (facts.accessKeys.length > 0) return 'account';
  const outsider = events.some(({ username }) => username !== null && !username.startsWith('system:serviceaccount:'));
  if (facts.families.includes('attack-sequence') || outsider) return 'cluster';
  const onNode = facts.families.some((it) => it === 'ec2') || !facts.kinds.includes('finding');
  return facts.privileged === 'yes' || (facts.nodes.length > 0 && onNode) ? 'node' : 'pod';
}

function isNamed(events: readonly CompromiseEventFacts[], instanceId: string): boolean {
  return events.some(({ instances }) => instances.includes(instanceId));
}

function overall(said: readonly CompromiseFacts['privileged'][]): CompromiseFacts['privileged'] {
  return said.includes('yes') ? 'yes' : said.includes('no') ? 'no' : 'unknown';
}

/** Events only point: how the findings stand now is GuardDuty's to say. */
async function standingOf(
  { guardDuty }: Pick<AwsClients, 'guardDuty'>,
  events: readonly CompromiseEventFacts[],
): Promise<CompromiseFacts['standing']> {
  const asked = new Map<string, string[]>();
  for (const { detectorId, findingId } of events) {
    if (detectorId !== null && findingId !== null)
      asked.set(detectorId, [...new Set([...(asked.get(detectorId) ?? []), findingId])]);
  }
  const archived: boolean[] = [];
  for (const [DetectorId, FindingIds] of asked) {
    try {
      // GetFindings takes 50 at a time: an incident is one finding, or what joined it.
      const { Findings } = await guardDuty.send(
        new GetFindingsCommand({ DetectorId, FindingIds: FindingIds.slice(0, 50) }),
      );
      archived.push(...(Findings ?? []).map(({ Service }) => Service?.Archived === true));
    } catch (error) {
      // A detector of another account, or one that is no longer there: not known is not archived.
      if (!(error instanceof Error && ['BadRequestException', 'AccessDeniedException'].includes(error.name)))
        throw error;
    }
  }
  if (archived.length === 0) return 'unknown';
  return archived.every((it) => it) ? 'archived' : 'active';
}

/** Whether a Fargate profile takes the namespaces. Its labels only Kubernetes could compare: then nobody knows here. */
async function computeOf(
  { eks }: Pick<AwsClients, 'eks'>,
  clusters: readonly string[],
  namespaces: readonly string[],
): Promise<CompromiseFacts['compute']> {
  if (namespaces.length === 0) return 'unknown';
  let some = false;
  for (const clusterName of clusters) {
    const { fargateProfileNames } = await eks.send(new ListFargateProfilesCommand({ clusterName }));
    for (const fargateProfileName of fargateProfileNames ?? []) {
      const { fargateProfile } = await eks.send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName }));
      for (const { namespace, labels } of fargateProfile?.selectors ?? []) {
        if (!namespaces.some((it) => matchesWildcard(namespace ?? '', it))) continue;
        if (Object.keys(labels ?? {}).length === 0) return 'fargate';
        some = true;
      }
    }
  }
  return some ? 'unknown' : clusters.length === 0 ? 'unknown' : 'ec2';
}
