import type { ActionContext } from './actions/action';
import type { Deps } from './deps';

export function actionContext({ aws, store, kubernetes }: Pick<Deps, 'aws' | 'store' | 'kubernetes'>): ActionContext {
  return { aws, kubernetes, baseline: (target, before) => store.baselines.before(target, before) };
}
