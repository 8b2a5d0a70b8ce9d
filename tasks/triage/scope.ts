import type { ActionContext } from '../actions/action';
import { listClusters } from '../aws/network';
import type { Category, Sight } from '../categories/category';
import { unknownTouch } from '../store/incidents';
import { unlessRefused } from '../unless-refused';

/**
 * Which clusters an event reaches. Where none was found and AWS refused to say what might have shown one, that is no proof
 * of there being none: every cluster of the Region is taken as touched, and where even those may not be listed, one that
 * nobody can name.
 */
export async function scopeOf(
  context: ActionContext,
  category: Pick<Category, 'reach'>,
  event: Parameters<Category['reach']>[1],
): Promise<Sight> {
  const sight = await category.reach(context, event);
  if (sight.clusters.length > 0 || context.problems.size === 0) return sight;
  const listed = await unlessRefused(context, 'the clusters', [], () => listClusters(context.aws.eks));
  // By name alone: to describe each for every event of a storm is more than EKS answers, and than an incident can hold.
  const clusters = listed.sort().map((name) => ({ name, tags: {} }));
  // In the same words for each event of a storm: which they are the incident tells.
  context.problems.add(
    `which clusters are touched is not known: each of the Region may be (${clusters.map(({ name }) => name).join(', ') || 'which those are is not known either'})`,
  );
  return { ...sight, clusters, touches: [unknownTouch], exposed: [...event.subjects] };
}
