import { type NodeTouch, nodeTouch } from '../../runbooks/node-lifecycle';
import type { ActionContext } from '../actions/action';
import type { Node } from '../aws/nodes';
import { readNodesOf } from '../aws/nodes';
import type { Dossier } from '../dossier';

/** What the events of an incident did to nodes, in the order in which it happened. What is of another kind is left out. */
export function nodeTouchesOf(dossier: Pick<Dossier, 'events'>): { touch: NodeTouch; time: string }[] {
  return dossier.events.flatMap(({ touches, time }) =>
    touches.flatMap((touch) => {
      const parsed = nodeTouch.safeParse(touch);
      return parsed.success ? [{ touch: parsed.data, time }] : [];
    }),
  );
}

/** So many siblings are protected at once: what a responder can still read before approving. */
const most = 50;

/** The running nodes of the clusters concerned: those that nobody has ended yet. */
export async function siblingsOf({ aws }: ActionContext, { clusters }: Dossier): Promise<Node[]> {
  const found = new Map<string, Node>();
  for (const { name } of clusters) {
    for (const node of await readNodesOf(aws.ec2, name)) if (node.state === 'running') found.set(node.id, node);
  }
  return [...found.values()].slice(0, most);
}
