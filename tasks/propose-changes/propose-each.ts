import type { Change } from '../../runbooks/change';
import type { Purpose } from '../../runbooks/decision';
import type { ActionContext } from '../actions/action';
import { actionById } from '../actions/registry';
import { isTransient } from '../contract';
import type { Dossier } from '../dossier';
import { errorName } from '../errors';
import { isRefusal } from '../unless-refused';

/**
 * What each action proposes. An action that cannot look at the world is left to people, and keeps no other from protecting
 * or containing; what remediates goes whole or not at all. Where none can, and it is not for being refused, the first error
 * stands.
 */
export async function proposeEach(
  actions: readonly string[],
  purpose: Purpose,
  context: ActionContext,
  dossier: Dossier,
): Promise<Change[]> {
  const proposed = await Promise.allSettled(actions.map((id) => actionById(id).propose(context, dossier)));
  const errors = proposed.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
  const again = errors.find(isTransient);
  const broken = errors.length === actions.length && !errors.every(isRefusal);
  const stops = again ?? (purpose === 'remediate' || broken ? errors[0] : undefined);
  if (stops !== undefined) throw stops;
  return proposed.flatMap((it, at) => {
    if (it.status === 'fulfilled') return it.value;
    context.left.add(`${actions[at]} is not proposed, and left to people: ${errorName(it.reason)}`);
    return [];
  });
}
