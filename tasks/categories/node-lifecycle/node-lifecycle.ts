import type { Resource } from '../../../runbooks/incident';
import type { ActionContext } from '../../actions/action';
import { groupOfNode, readNodesOf } from '../../aws/nodes';
import { lookUpCalls, readNodesAndGroups } from '../../nodes/permissions';
import { readNodeState } from '../../nodes/state';
import { readClusters, readNetwork } from '../../permissions';
import type { AnyReader } from '../../triage/reading';
import type { Category } from '../category';
import { behindEvents, lookupsBehind } from './behind';
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
  // event that reaches several goes with the first, as the changes of state of that cluster do.
  correlation: (_event, { clusters }) => ({ cluster: clusters.map(({ name }) => name).sort()[0] ?? '' }),
  reach: reachOf,
  facts: nodeFacts,
  attribute: behindEvents,
  lookups: lookupsBehind,
  evidence: nodeEvidence,
  state: ({ aws }, target) => readNodeState(aws, target),
  baselineOf,
};

/** The nodes of a cluster, their Auto Scaling groups and their volumes. */
async function baselineOf(
  { aws }: Pick<ActionContext, 'aws'>,
  clusters: readonly string[],
): Promise<readonly Resource[]> {
  const found = new Map<string, Resource>();
  const add = (type: string, id: string) => found.set(`${type} ${id}`, { type, id });
  for (const name of clusters) {
    for (const node of await readNodesOf(aws, name)) {
      // What has ended is to be remembered as it was before that.
      if (node.state === 'shutting-down' || node.state === 'terminated') continue;
      add('AWS::EC2::Instance', node.id);
      for (const { id } of node.volumes) add('AWS::EC2::Volume', id);
      const group = groupOfNode(node.tags);
      if (group !== null) add('AWS::AutoScaling::AutoScalingGroup', group);
    }
  }
  return [...found.values()];
}
