import type * as z from 'zod';
import type { Json, Resource } from '../../runbooks/incident';
import type { ActionContext } from '../actions/action';
import { errorName } from '../errors';
import { readConfigHistory } from './config-history';

export interface Prior<State> {
  readonly state: State;
  readonly from: 'baseline' | 'config-history';
}

/**
 * What stood before a moment, by our own recording or else by AWS Config's; null where neither knows. A recording whose
 * shape has changed since is no knowledge, and neither is what Config will not or cannot say: that is noted as a problem.
 */
export async function readPrior<Schema extends z.ZodType>(
  context: ActionContext,
  target: Resource,
  before: string,
  shape: Schema,
): Promise<Prior<z.output<Schema>> | null> {
  const recorded = shape.safeParse(await context.baseline(target, before));
  if (recorded.success) return { state: recorded.data, from: 'baseline' };
  const configured = shape.safeParse(await askConfig(context, target, before));
  return configured.success ? { state: configured.data, from: 'config-history' } : null;
}

async function askConfig({ aws, problems }: ActionContext, target: Resource, before: string): Promise<Json | null> {
  try {
    return await readConfigHistory(aws.config, target, before);
  } catch (error) {
    problems.add(`AWS Config did not say what ${target.id} was before: ${errorName(error)}`);
    return null;
  }
}
