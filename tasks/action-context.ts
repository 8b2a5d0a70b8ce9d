import type { ActionContext } from './actions/action';
import type { Deps } from './deps';

export function actionContext({ aws, store }: Pick<Deps, 'aws' | 'store'>): ActionContext {
  return { aws, baseline: (target, before) => store.baselines.before(target, before) };
}
