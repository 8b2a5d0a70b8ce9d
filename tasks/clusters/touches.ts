import { type ClusterTouch, clusterTouch } from '../../runbooks/cluster-lifecycle';
import type { Dossier } from '../dossier';

/** What the events of an incident did to clusters, in the order in which it happened. What is of another kind is left out. */
export function clusterTouchesOf({ events }: Pick<Dossier, 'events'>): (ClusterTouch & { readonly time: string })[] {
  return events.flatMap(({ touches, time }) =>
    touches.flatMap((touch) => {
      const parsed = clusterTouch.safeParse(touch);
      return parsed.success ? [{ ...parsed.data, time }] : [];
    }),
  );
}
