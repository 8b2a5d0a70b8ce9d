import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadedPlan, loadPlan } from '../runbooks/plan-document';
import { actions } from './actions/registry';

/** A category's plan from its file in `directory`, checked against the actions that there are. Throws `PlanRefused`. */
export function readPlan(directory: string, category: string): LoadedPlan {
  const file = join(directory, `${category}.yaml`);
  return loadPlan({ file, text: readFileSync(file, 'utf8') }, { actions });
}
