import type { Json, Resource } from '../../../runbooks/incident';
import type { ActionContext } from '../../actions/action';
import { groupOfNode, readNodesOf, readScalingGroups } from '../../aws/nodes';
import { lookUpCalls, readNodesAndGroups } from '../../nodes/permissions';
import { readNodeState, stateOfGroup, stateOfNode } from '../../nodes/state';
import { readClusters, readNetwork } from '../../permissions';
import { unknownTouch } from '../../store/incidents';
import type { AnyReader } from '../../triage/reading';
import type { Category } from '../category';
import { behindEvents, lookupsBehind } from './behind';
import { chapterOf } from './chapter';
import { nodeEvidence } from './evidence';
import { nodeFacts } from './facts';
import { reachOf } from './reach';
import { nodeLifecycleReader } from './reader';

/** A worker node that ends, begins, or is changed other than in its groups. */
export const nodeLifecycle: Category = {
  id: 'node-lifecycle',
  reader: nodeLifecycleReader as AnyReader,
  permissions: [readNodesAndGroups, readNetwork, readClusters, lookUpCalls],
  // A change of state comes without an actor, and often before the call that caused it: what both have is the cluster. An
  // event that reaches several goes with the first, as the changes of state of that cluster do. One of which nobody may say
  // the cluster goes with its like: in doubt about it, nothing would be done at once for a cluster that is known.
  correlation: (_event, { clusters, touches }) => ({
    cluster: touches.includes(unknownTouch) ? null : (clusters.map(({ name }) => name).sort()[0] ?? ''),
  }),
  chapter: chapterOf,
  reach: reachOf,
  facts: nodeFacts,
  attribute: behindEvents,
  lookups: lookupsBehind,
  evidence: nodeEvidence,
  state: ({ aws }, target) => readNodeState(aws, target),
  baselineOf,
};

/** The nodes of a cluster with their volumes, and their Auto Scaling groups. */
async function baselineOf(
  { aws }: Pick<ActionContext, 'aws'>,
  clusters: readonly string[],
): Promise<readonly (Resource & { readonly state: Json })[]> {
  const nodes = (await Promise.all(clusters.map((name) => readNodesOf(aws, name)))).flat();
  // What has ended is to be remembered as it was before that.
  const standing = nodes.filter(({ state }) => state !== 'shutting-down' && state !== 'terminated');
  const groups = [...new Set(standing.flatMap(({ tags }) => groupOfNode(tags) ?? []))].sort();
  return [
    ...standing.map((node) => ({ type: 'AWS::EC2::Instance', id: node.id, state: stateOfNode(node) })),
    ...(await readScalingGroups(aws.autoScaling, groups)).map((group) => ({
      type: 'AWS::AutoScaling::AutoScalingGroup',
      id: group.name,
      state: stateOfGroup(group),
    })),
  ];
}
