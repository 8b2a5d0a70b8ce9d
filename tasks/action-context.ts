import type { ActionContext } from './actions/action';
import type { Deps } from './deps';

export function actionContext({
  aws,
  store,
  kubernetes,
  now,
}: Pick<Deps, 'aws' | 'store' | 'kubernetes' | 'now'>): ActionContext {
  return {
    aws,
    kubernetes,
    now,
    baseline: (target, before) => store.baselines.before(target, before),
    problems: new Set(),
    left: new Set(),
  };
}
