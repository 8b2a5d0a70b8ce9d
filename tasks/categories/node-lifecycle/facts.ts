import type { NodeLifecycleFacts } from '../../../runbooks/node-lifecycle';
import type { LoadedPlan } from '../../../runbooks/plan-document';
import type { ActionContext } from '../../actions/action';
import { readScalingGroups, scalingGroupTag } from '../../aws/nodes';
import type { Dossier } from '../../dossier';
import { scalingGroupState } from '../../nodes/state';
import { nodeTouchesOf } from '../../nodes/touches';
import type { Reach } from '../../store/incidents';
import { unlessRefused } from '../../unless-refused';
import { type Behind, behindEvents, causesOf, factsOf, type KnownNode, knownNodes } from './behind';

type Kind = NodeLifecycleFacts['kinds'][number];

/** The facts of the whole incident. What a record alone could not say is read from AWS or from our own recordings. */
export async function nodeFacts(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  plan: LoadedPlan,
): Promise<NodeLifecycleFacts> {
  const events = dossier.events.flatMap(({ facts }) => factsOf(facts) ?? []);
  const nodes = await knownNodes(context, dossier);
  const touched = nodeTouchesOf(dossier);
  const ended = new Set(
    touched.flatMap(({ touch }) =>
      touch.kind === 'instance-ended' && touch.how !== 'reboot' ? [touch.instanceId] : [],
    ),
  );
  for (const { act, instanceIds } of events) {
    if (act === 'detach-from-group' || act === 'enter-standby') for (const id of instanceIds) ended.add(id);
  }
  const behind = await behindEvents(context, dossier, plan);
  return {
    acts: [...new Set(events.flatMap(({ act }) => act ?? []))].sort(),
    ...causesOf(behind, plan),
    through: [...new Set(dossier.events.flatMap(({ actor }) => actor?.service ?? []))].sort(),
    nodes: nodes.size,
    ended: ended.size,
    gone: [...nodes.values()].filter(({ gone }) => gone).length,
    kinds: [...new Set([...nodes.values()].map(kindOf))].sort(),
    spot: [...nodes.values()].some(({ described, recorded }) => (described ?? recorded)?.spot === true),
    recognisedBy: [...reach.touches] as NodeLifecycleFacts['recognisedBy'],
    weakens: [...new Set(events.flatMap(({ weakens }) => weakens))].sort(),
    ...(await capacityOf(context, dossier, reach, ended)),
    inDoubt: inDoubt(dossier, behind, nodes),
    exposed: [...reach.exposed],
  };
}

/** Of the nodes that are still there those that were begun, or given another role or start, by nobody's automation. */
function inDoubt({ events }: Dossier, behind: readonly Behind[], nodes: ReadonlyMap<string, KnownNode>): string[] {
  const ids = events.flatMap(({ facts }, index) => {
    const it = factsOf(facts);
    const cause = behind[index]?.cause;
    if (it === null || (cause !== 'person' && cause !== 'unknown')) return [];
    const altered = it.act === 'launch' || it.weakens.some((each) => altering.has(each));
    return altered ? it.instanceIds : [];
  });
  return [...new Set(ids)].filter((id) => nodes.get(id)?.gone === false).sort();
}

const altering: ReadonlySet<string> = new Set(['instance-profile', 'user-data', 'root-volume']);

export function kindOf({ described, recorded }: KnownNode): Kind {
  const tags = described?.tags ?? recorded?.tags;
  if (tags === undefined) return 'unknown';
  if ('eks:kubernetes-node-class-name' in tags) return 'auto-mode';
  if (Object.keys(tags).some((key) => key.startsWith('karpenter.sh/'))) return 'karpenter';
  if ('eks:nodegroup-name' in tags) return 'managed-node-group';
  return scalingGroupTag in tags ? 'auto-scaling-group' : 'stand-alone';
}

/**
 * What became of the groups. What the events took from a group counts whether or not it has been given back since:
 * otherwise the answer to an incident would change what it was.
 */
async function capacityOf(
  context: ActionContext,
  dossier: Dossier,
  reach: Reach,
  ended: ReadonlySet<string>,
): Promise<Pick<NodeLifecycleFacts, 'belowDesired' | 'capacityLowered' | 'groupEmptied'>> {
  const first = dossier.events[0]?.time ?? dossier.openedAt;
  const names = reach.exposed.filter(({ type }) => type === 'AWS::AutoScaling::AutoScalingGroup').map(({ id }) => id);
  const described = await unlessRefused(context, 'the Auto Scaling groups', null, () =>
    readScalingGroups(context.aws.autoScaling, [...new Set(names)]),
  );
  const capacity = { belowDesired: false, capacityLowered: false, groupEmptied: false };
  for (const name of new Set(names)) {
    const group = described?.find((it) => it.name === name);
    const gone = described !== null && group === undefined;
    const target = { type: 'AWS::AutoScaling::AutoScalingGroup', id: name };
    const read = scalingGroupState.safeParse(await context.baseline(target, first));
    const before = read.success ? read.data : null;
    const asked = dossier.events.flatMap(({ facts }) => {
      const it = factsOf(facts);
      return it?.autoScalingGroup === name ? [it] : [];
    });
    capacity.belowDesired ||= group !== undefined && group.inService.length < group.desired;
    // A group that is gone has nothing left, and wants nothing.
    const desired = gone ? 0 : group?.desired;
    capacity.capacityLowered ||=
      asked.some(({ decrementsCapacity }) => decrementsCapacity === true) ||
      (before !== null &&
        [desired ?? [], ...asked.map((it) => it.desiredCapacity ?? [])].flat().some((it) => it < before.desired));
    capacity.groupEmptied ||=
      gone ||
      group?.inService.length === 0 ||
      (before !== null && before.instanceIds.length > 0 && before.instanceIds.every((id) => ended.has(id)));
  }
  return capacity;
}
