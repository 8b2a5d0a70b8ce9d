import type { ActionContext } from '../actions/action';
import { listClusters } from '../aws/network';
import type { Category, Sight } from '../categories/category';
import { touchedCluster } from '../clusters/touched';
import { unknownTouch } from '../store/incidents';

/**
 * Which clusters an event reaches. Where none was found and AWS refused to say what might have shown one, that is no proof
 * of there being none: every cluster of the Region is taken as touched. Throws AWS's own refusal where even those cannot be
 * listed: then nothing at all is known, and only people can go on.
 */
export async function scopeOf(
  context: ActionContext,
  category: Pick<Category, 'reach'>,
  event: Parameters<Category['reach']>[1],
): Promise<Sight> {
  const sight = await category.reach(context, event);
  if (sight.clusters.length > 0 || context.problems.size === 0) return sight;
  const listed = await listClusters(context.aws.eks);
  const found = await Promise.all(listed.sort().map((name) => touchedCluster(context, name)));
  const clusters = found.filter((cluster) => cluster !== null);
  // In the same words for each event of a storm: which they are the incident tells.
  context.problems.add(
    `which clusters are touched is not known: each of the Region may be (${clusters.map(({ name }) => name).join(', ')})`,
  );
  return { ...sight, clusters, touches: [unknownTouch], exposed: [...event.subjects] };
}
