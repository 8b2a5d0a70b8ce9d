import { trusts } from '../../../runbooks/decide-by-plan';
import type { Actor } from '../../../runbooks/incident';
import {
  type NodeCause,
  type NodeLifecycleFacts,
  nodeEventFacts,
  nodegroupCalls,
  nodeLifecycleSettings,
  scalingCalls,
} from '../../../runbooks/node-lifecycle';
import type { LoadedPlan } from '../../../runbooks/plan-document';
import type { ActionContext } from '../../actions/action';
import {
  groupOfNode,
  type Node,
  readActivities,
  readNodesById,
  readScalingGroups,
  type ScalingActivity,
} from '../../aws/nodes';
import type { Dossier, JoinedEvent } from '../../dossier';
import { type NodeState, nodeState } from '../../nodes/state';
import { unlessRefused } from '../../unless-refused';
import type { Attribution, Lookup } from '../category';

/**
 * Who stands behind the end, the launch or the change of a node. The record names a service's role where Auto Scaling or a
 * node group did it, and somebody may have told it to; a change of state names nobody. So the call behind the act is looked
 * for: among the incident's own events, in the group's activity history and in CloudTrail. `invokedBy` and user agents are
 * never asked: anybody can have them.
 */
export interface Behind extends Attribution {
  readonly cause: NodeCause;
  /** The call behind which the act was done, where that is another than the event's own. */
  readonly call: string | null;
}

/** What is known around the events, before anything is concluded from it. */
export interface Surroundings {
  readonly calls: readonly KnownCall[];
  readonly activities: readonly ScalingActivity[];
  readonly nodes: ReadonlyMap<string, KnownNode>;
  /** The role by which each group acts. */
  readonly groupRoles: ReadonlyMap<string, string | null>;
}

export interface KnownCall {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly actor: Actor;
  readonly about: ReadonlySet<string>;
}

export interface KnownNode {
  readonly stateReason: string | null;
  readonly described: Node | null;
  /** Whether EC2 knows it no more; of one that may not be described nobody can say so. */
  readonly gone: boolean;
  readonly recorded: NodeState | null;
  readonly group: string | null;
  readonly nodegroup: string | null;
}

export async function behindEvents(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<Behind[]> {
  const around = await surroundingsOf(context, dossier);
  return dossier.events.map((event) => behindEvent(event, around, plan));
}

/** The calls that are looked for in CloudTrail: rare ones that change something, so that one page holds them. */
const hidingCalls = [...scalingCalls, 'SetInstanceHealth', 'StartInstanceRefresh', ...nodegroupCalls] as const;

export async function lookupsBehind(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<Lookup[]> {
  const around = await surroundingsOf(context, dossier);
  if (dossier.events.every((event) => behindEvent(event, around, plan).final)) return [];
  const about = [
    ...[...around.nodes].flatMap(([id, { group, nodegroup }]) => [id, group ?? [], nodegroup ?? []].flat()),
    ...dossier.events.flatMap(({ facts }) => factsOf(facts)?.autoScalingGroup ?? []),
  ];
  return hidingCalls.map((name) => ({
    attribute: { AttributeKey: 'EventName', AttributeValue: name },
    about: [...new Set(about)].sort(),
  }));
}

async function surroundingsOf(context: ActionContext, dossier: Dossier): Promise<Surroundings> {
  const nodes = await knownNodes(context, dossier);
  const groups = new Set<string>();
  for (const { group } of nodes.values()) if (group !== null) groups.add(group);
  for (const { facts } of dossier.events) {
    const named = factsOf(facts)?.autoScalingGroup ?? null;
    if (named !== null) groups.add(named);
  }
  const activities: ScalingActivity[] = [];
  for (const group of [...groups].sort()) {
    const done = () => readActivities(context.aws.autoScaling, group);
    activities.push(...(await unlessRefused(context, `the history of ${group}`, [], done)));
  }
  const names = [...groups].sort();
  const described = await unlessRefused(context, 'the Auto Scaling groups', [], () =>
    readScalingGroups(context.aws.autoScaling, names),
  );
  return {
    calls: knownCalls(dossier),
    activities,
    nodes,
    groupRoles: new Map(described.map(({ name, roleArn }) => [name, roleArn])),
  };
}

/** The instances that the events are about, as they can be described or else as they were recorded before. */
export async function knownNodes(context: ActionContext, dossier: Dossier): Promise<Map<string, KnownNode>> {
  const first = dossier.events[0]?.time ?? dossier.openedAt;
  const ids = [...new Set(dossier.events.flatMap(({ facts }) => factsOf(facts)?.instanceIds ?? []))].sort();
  const described = await unlessRefused(context, 'the instances', null, () => readNodesById(context.aws.ec2, ids));
  // Beside each other: a storm may be about hundreds.
  const known = ids.map(async (id): Promise<[string, KnownNode]> => {
    const node = described?.find((it) => it.id === id) ?? null;
    const read = nodeState.safeParse(await context.baseline({ type: 'AWS::EC2::Instance', id }, first));
    const recorded = read.success ? read.data : null;
    const tags = node?.tags ?? recorded?.tags ?? {};
    const it = {
      stateReason: node?.stateReason ?? null,
      described: node,
      gone: described !== null && node === null,
      recorded,
      group: groupOfNode(tags),
      nodegroup: tags['eks:nodegroup-name'] ?? null,
    };
    return [id, it];
  });
  return new Map(await Promise.all(known));
}

function knownCalls({ events, context }: Dossier): KnownCall[] {
  const own = events.flatMap(({ actor, name, time, subjects }) =>
    actor === null ? [] : [{ name, time: Date.parse(time), actor, about: new Set(subjects.map(({ id }) => id)) }],
  );
  const related = context.flatMap(({ actor, name, time, outcome, resources }) =>
    actor === null || outcome !== 'succeeded'
      ? []
      : [{ name, time: Date.parse(time), actor, about: new Set(resources) }],
  );
  return [...own, ...related].sort((a, b) => a.time - b.time);
}

export function factsOf(facts: JoinedEvent['facts']) {
  const read = nodeEventFacts.safeParse(facts);
  return read.success ? read.data : null;
}

const endingCalls = new Set([
  'ec2.amazonaws.com:TerminateInstances',
  'ec2.amazonaws.com:StopInstances',
  'autoscaling.amazonaws.com:TerminateInstanceInAutoScalingGroup',
]);

/** How long after a call its effects may show: a drained node's hooks and a slow shutdown take their time. */
const effectWithinMs = 30 * 60_000;
/** Records and notifications tell time to the second, by clocks of their own. */
const slackMs = 5_000;
/** A large node group's upgrade takes hours. */
const upgradeWithinMs = 6 * 3_600_000;

export function behindEvent(event: JoinedEvent, around: Surroundings, plan: LoadedPlan): Behind {
  const time = Date.parse(event.time);
  if (event.actor !== null) {
    const call = { name: event.name, time, actor: event.actor, about: new Set(event.subjects.map(({ id }) => id)) };
    return behindCall(call, around, plan, null);
  }
  const { instanceIds = [], stateReason = null } = factsOf(event.facts) ?? {};
  const id = instanceIds[0] ?? '';
  const reason = stateReason ?? around.nodes.get(id)?.stateReason ?? '';
  // EC2's own statement, which nobody can write: Server.SpotInstanceTermination, Server.SpotInstanceShutdown.
  if (reason.startsWith('Server.Spot')) return { cause: 'spot', actor: null, call: null, final: true };
  const call = last(
    around.calls,
    ({ name, about, time: at }) => endingCalls.has(name) && about.has(id) && within(at, time),
  );
  if (call !== undefined) return behindCall(call, around, plan, null);
  const activity = around.activities.find(
    (it) => it.instanceId === id && within(it.time, time) && !noticedOnly.test(it.cause),
  );
  if (activity !== undefined) return behindActivity(activity, roleOf(activity.group, around), around, plan);
  if (reason === 'Client.InstanceInitiatedShutdown') return { cause: 'instance', actor: null, call: null, final: true };
  if (reason.startsWith('Server.')) return { cause: 'aws', actor: null, call: null, final: true };
  return { cause: 'unknown', actor: null, call: null, final: false };
}

/** From a call to whoever told its caller to make it. Services call services: the way back is short, and bounded. */
function behindCall(call: KnownCall, around: Surroundings, plan: LoadedPlan, told: string | null, depth = 0): Behind {
  const service = depth > 4 ? null : serviceOf(call.actor);
  if (service === 'autoscaling') {
    const activity = around.activities.find(
      ({ instanceId, time }) => instanceId !== null && call.about.has(instanceId) && near(time, call.time),
    );
    if (activity !== undefined) return behindActivity(activity, call.actor, around, plan, depth);
    const request = requestBehind(call.time, groupsOf(call, around), around);
    if (request !== undefined) return behindCall(request, around, plan, request.name, depth + 1);
    return { cause: 'unknown', actor: null, call: null, final: false };
  }
  if (service === 'eks-nodegroup') {
    const names = new Set(nodegroupCalls.map((name) => `eks.amazonaws.com:${name}`));
    const about = nodegroupsOf(call, around);
    const request = last(
      around.calls,
      (it) =>
        names.has(it.name) &&
        call.time - it.time < upgradeWithinMs &&
        it.time <= call.time + slackMs &&
        about.some((name) => it.about.has(name)),
    );
    // Nobody told it, as far as CloudTrail knows: it repairs and balances nodes by itself.
    if (request === undefined) return { cause: causeOf(call.actor, plan), actor: call.actor, call: told, final: false };
    const upgrade = request.name.endsWith(':UpdateNodegroupVersion');
    const cause = upgrade ? 'node-group-upgrade' : causeOf(request.actor, plan);
    // Of several requests the last one counts, and CloudTrail may not have told of that yet. A person’s is grave enough to be answered now.
    return { cause, actor: request.actor, call: request.name, final: cause === 'person' };
  }
  return { cause: causeOf(call.actor, plan), actor: call.actor, call: told, final: true };
}

/** The group only noticed what somebody else had done: that says nothing of who did. */
const noticedOnly = /health check indicating it has been terminated or stopped/i;

/** The words by which an activity's cause says that Auto Scaling was told to. */
const onRequest = /\buser\b|instance refresh/i;

function behindActivity(
  activity: ScalingActivity,
  role: Actor | null,
  around: Surroundings,
  plan: LoadedPlan,
  depth = 0,
): Behind {
  if (!onRequest.test(activity.cause)) {
    const cause = role === null ? 'unknown' : causeOf(role, plan);
    return { cause, actor: role, call: null, final: true };
  }
  const asked = requestIn(activity.cause);
  const about = [activity.group, activity.instanceId ?? '', ...asked.about];
  const request = requestBehind(asked.time ?? activity.time, about, around);
  if (request === undefined) return { cause: 'unknown', actor: null, call: null, final: false };
  return behindCall(request, around, plan, request.name, depth + 1);
}

/**
 * A cause begins with when the request came and what it was about: `At 2026-03-01T03:00:00Z a user request …`, `At … instance
 * i-1 was moved to standby in response to a user request`. What the group did upon it may come much later, and be about
 * another instance: the one that it launches in place of that in standby.
 */
function requestIn(cause: string): { readonly time: number | null; readonly about: readonly string[] } {
  const [words = '', at = ''] = /\bAt (\S+) [^.]*?\buser request\b/.exec(cause) ?? [];
  const time = Date.parse(at);
  return { time: Number.isNaN(time) ? null : time, about: words.match(/\bi-[0-9a-f]+\b/g) ?? [] };
}

/** A request is acted upon at once; how long that takes is told by its own time, where the history has it. */
const requestWithinMs = 2 * 60_000;

/** The last call to Auto Scaling about a group or an instance before it acted. */
function requestBehind(time: number, about: readonly string[], { calls }: Surroundings): KnownCall | undefined {
  return last(
    calls,
    (it) =>
      it.name.startsWith('autoscaling.amazonaws.com:') &&
      hidingCalls.some((name) => it.name.endsWith(`:${name}`)) &&
      within(it.time, time, requestWithinMs) &&
      about.some((name) => it.about.has(name)),
  );
}

/** The service whose own role this is: only that service can take a service-linked role. */
function serviceOf({ principalArn }: Actor): string | null {
  return /:role\/aws-service-role\/(autoscaling|eks-nodegroup)\.amazonaws\.com\//.exec(principalArn ?? '')?.[1] ?? null;
}

function causeOf(actor: Actor, { plan }: LoadedPlan): NodeCause {
  if (!trusts(plan, actor)) return 'person';
  const service = serviceOf(actor);
  if (service !== null) return service === 'autoscaling' ? 'auto-scaling' : 'node-group';
  const { karpenterRoles, clusterAutoscalerRoles } = nodeLifecycleSettings.parse(plan.settings);
  if (trusts({ trustedPrincipals: karpenterRoles }, actor)) return 'karpenter';
  return trusts({ trustedPrincipals: clusterAutoscalerRoles }, actor) ? 'cluster-autoscaler' : 'automation';
}

function roleOf(group: string, { groupRoles }: Surroundings): Actor | null {
  const principalArn = groupRoles.get(group) ?? null;
  if (principalArn === null) return null;
  return {
    type: 'AssumedRole',
    arn: null,
    name: principalArn.split('/').at(-1) ?? null,
    service: null,
    principalArn,
    sessionName: null,
    accountId: null,
    sourceIp: null,
    userAgent: null,
    mfa: null,
    accessKeyId: null,
    sessionSince: null,
  };
}

function groupsOf(call: KnownCall, { nodes }: Surroundings): string[] {
  return [...call.about, ...[...call.about].flatMap((id) => nodes.get(id)?.group ?? [])];
}

/** The node groups of what a call is about: of its instances, or of instances in its Auto Scaling group. */
function nodegroupsOf(call: KnownCall, { nodes }: Surroundings): string[] {
  const concerned = [...nodes].filter(
    ([id, { group }]) => call.about.has(id) || (group !== null && call.about.has(group)),
  );
  return concerned.flatMap(([, { nodegroup }]) => nodegroup ?? []);
}

function within(cause: number, effect: number, limit = effectWithinMs): boolean {
  return cause <= effect + slackMs && effect - cause < limit;
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) < 5 * 60_000;
}

function last<T>(items: readonly T[], holds: (item: T) => boolean): T | undefined {
  return [...items].reverse().find(holds);
}

/** The gravest first: what a person did is judged before what nobody can explain, and that before daily life. */
const gravity: readonly NodeCause[] = [
  'person',
  'unknown',
  'instance',
  'node-group-upgrade',
  'node-group',
  'automation',
  'cluster-autoscaler',
  'karpenter',
  'auto-scaling',
  'aws',
  'spot',
];

/** Whether AWS itself did it, or a principal that the plan trusts. */
export function isDaily({ cause, actor }: Behind, { plan }: LoadedPlan): boolean {
  return cause === 'spot' || cause === 'aws' || (actor !== null && trusts(plan, actor));
}

export function causesOf(
  behind: readonly Behind[],
  plan: LoadedPlan,
): Pick<NodeLifecycleFacts, 'cause' | 'causes' | 'dailyLife' | 'callsBehind'> {
  const causes = gravity.filter((cause) => behind.some((it) => it.cause === cause));
  return {
    cause: causes[0] ?? 'unknown',
    causes,
    dailyLife: behind.length > 0 && behind.every((it) => isDaily(it, plan)),
    callsBehind: [...new Set(behind.flatMap(({ call }) => call ?? []))].sort(),
  };
}
