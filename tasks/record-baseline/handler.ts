import { ListClustersCommand } from '@aws-sdk/client-eks';
import { actionContext } from '../action-context';
import { categories, categoryById } from '../categories/registry';
import type { Deps } from '../deps';
import { errorName } from '../errors';
import { defineTask, lambdaFunction } from '../task';
import { recordBaseline } from './contract';

/** What is recorded daily is kept for a quarter: longer than most intrusions stay undetected. */
const rememberSeconds = 90 * 86_400;

export const task = defineTask(recordBaseline, async ({ incidentId }, deps) => {
  const incident = incidentId === null ? null : await deps.store.incidents.read(incidentId);
  const clusters =
    incidentId === null
      ? await allClusters(deps)
      : (await deps.store.incidents.events(incidentId)).reach.clusters.map(({ name }) => name);
  const at = deps.now().toISOString();
  const forgetAt = Math.floor(deps.now().getTime() / 1_000) + rememberSeconds;
  const context = actionContext(deps);

  let recorded = 0;
  const problems: string[] = [];
  /** Several categories have clusters among what they record, and record them alike. */
  const seen = new Set<string>();
  for (const category of incident === null ? categories : [categoryById(incident.category)]) {
    for (const target of await category.baselineOf(context, clusters)) {
      const key = `${target.type} ${target.id}`;
      if (seen.has(key)) continue;
      seen.add(key);
      try {
        const { state = await category.state(context, target) } = target;
        if (state === null) continue;
        await deps.store.baselines.record(target, at, state, forgetAt);
        recorded++;
      } catch (error) {
        problems.push(`${target.type} ${target.id}: ${errorName(error)}`);
      }
    }
  }
  if (incidentId !== null) {
    for (const problem of problems) await deps.store.incidents.noteProblem(incidentId, `no baseline of ${problem}`);
  }
  return { recorded, problems };
});

async function allClusters({ aws }: Deps): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await aws.eks.send(new ListClustersCommand(token === undefined ? {} : { nextToken: token }));
    names.push(...(page.clusters ?? []));
    token = page.nextToken;
  } while (token !== undefined);
  return names;
}

export const handler = lambdaFunction(task);
