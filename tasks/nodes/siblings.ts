import type { ActionContext } from '../actions/action';
import { type Node, readNodesOf } from '../aws/nodes';
import type { Dossier } from '../dossier';

/** So many siblings are protected at once: what a responder can still read before approving. People hear of the others. */
const most = 50;

/**
 * The nodes of the clusters concerned that stood there before it began and still run. What is launched afterwards, as a
 * replacement for one, is left out: it would be proposed for ever anew.
 */
export async function siblingsOf(
  { aws, left }: ActionContext,
  { clusters, events, openedAt }: Pick<Dossier, 'clusters' | 'events' | 'openedAt'>,
): Promise<Node[]> {
  const began = Date.parse(events[0]?.time ?? openedAt);
  const found = new Map<string, Node>();
  for (const { name } of clusters) {
    for (const node of await readNodesOf(aws, name)) {
      if (node.state === 'running' && (node.launchedAt ?? 0) < began) found.set(node.id, node);
    }
  }
  if (found.size > most)
    left.add(
      `Only ${most} of the ${found.size} other nodes are to be protected: see to the other ${found.size - most}.`,
    );
  return [...found.values()].slice(0, most);
}

/** EKS Auto Mode runs its nodes itself, and lets nobody change them. */
export function isRunByEks({ tags }: Pick<Node, 'tags'>): boolean {
  return 'eks:kubernetes-node-class-name' in tags;
}
