import { type NetworkTouch, networkTouch } from '../../runbooks/network-change';
import type { Dossier } from '../dossier';

/** What the events of an incident did to networks, in the order in which it happened. What is of another kind is left out. */
export function touchesOf(dossier: Pick<Dossier, 'events'>): { touch: NetworkTouch; time: string }[] {
  return dossier.events.flatMap(({ touches, time }) =>
    touches.flatMap((touch) => {
      const parsed = networkTouch.safeParse(touch);
      return parsed.success ? [{ touch: parsed.data, time }] : [];
    }),
  );
}
