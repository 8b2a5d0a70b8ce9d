import type { ActionContext } from '../actions/action';
import { listClusters } from '../aws/network';
import type { Category, Scope } from '../categories/category';
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
): Promise<Scope> {
  const scope = await category.reach(context, event);
  if (scope.clusters.length > 0 || context.problems.size === 0) return scope;
  const listed = await unlessRefused(context, 'the clusters', [], () => listClusters(context.aws.eks));
  const names = listed.sort();
  // In the same words for each event of a storm: which they are the incident tells.
  context.problems.add(
    `which clusters are touched is not known: each of the Region may be (${names.join(', ') || 'which those are is not known either'})`,
  );
  // By name alone: to describe each for every event of a storm is more than EKS answers, and than an incident can hold.
  const clusters = names.map((name) => ({ name, tags: {} }));
  return { ...scope, clusters, touches: [unknownTouch], exposed: [...event.subjects] };
}
