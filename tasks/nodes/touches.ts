import { type NodeTouch, nodeTouch } from '../../runbooks/node-lifecycle';
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
