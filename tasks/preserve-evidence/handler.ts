import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { type Json, json, type Resource } from '../../runbooks/incident';
import { actionContext } from '../action-context';
import { observing } from '../aws/observed-calls';
import { categoryById } from '../categories/registry';
import { distinctResources } from '../distinct-resources';
import { errorName } from '../errors';
import { readDossier } from '../read-dossier';
import { listable } from '../store/incidents';
import { defineTask, lambdaFunction } from '../task';
import { preserveEvidence } from './contract';

export const task = defineTask(preserveEvidence, async ({ incidentId }, deps) => {
  const { incident, reach, dossier } = await readDossier(deps, incidentId);
  const category = categoryById(incident.category);
  const context = actionContext(deps);
  const problems: string[] = [];
  let entries = 0;

  /** One kind of evidence that cannot be had never stops the others. */
  const attempt = async (what: string, collect: () => Promise<number>) => {
    try {
      entries += await observing(collect);
    } catch (error) {
      problems.push(`evidence not kept of ${what}: ${errorName(error)}`);
    }
  };

  const { events } = await deps.store.incidents.events(incidentId);
  const pieces = events.flatMap(({ name, evidence }) =>
    evidence === null ? [] : [{ kind: 'event', description: name, object: evidence, calls: [] }],
  );
  await attempt('the events', () => deps.evidence.enter(incidentId, pieces, preserveEvidence.id));

  // Each judgement looks again: what stood at version 3 is another piece of evidence than what stood at version 1.
  const keep = (kind: string, target: Resource, state: Json) =>
    deps.evidence.preserve(
      incidentId,
      kind,
      `version-${incident.version}/${target.type.replaceAll('::', '-')}/${encodeURIComponent(target.id)}`,
      `${target.type} ${target.id} as it stood when the incident had ${incident.version} event(s)`,
      state,
      preserveEvidence.id,
    );

  for (const target of distinctResources([...dossier.events.flatMap(({ subjects }) => subjects), ...reach.exposed])) {
    await attempt(`${target.type} ${target.id}`, async () => {
      const state = await category.state(context, target);
      if (state === null) return 0;
      await keep('resource-configuration', target, state);
      return 1;
    });
  }
  for (const { name } of reach.clusters) {
    await attempt(`cluster ${name}`, async () => {
      const { cluster } = await deps.aws.eks.send(new DescribeClusterCommand({ name }));
      await keep('cluster-configuration', { type: 'AWS::EKS::Cluster', id: name }, asJson(cluster));
      return 1;
    });
  }

  const collectors = async () => (await category.evidence?.collectors(context, dossier, deps.plan(category.id))) ?? [];
  await attempt(`what only ${category.id} keeps`, async () => {
    for (const { kind, name, lasts, description, collect } of await collectors()) {
      await attempt(description, async () => {
        const found = await collect();
        if (found === null) return 0;
        const object = lasts === true ? name : `version-${incident.version}/${name}`;
        await deps.evidence.preserve(incidentId, kind, object, description, found, preserveEvidence.id);
        return 1;
      });
    }
    return 0;
  });

  await deps.store.incidents.noteProblems(incidentId, problems);
  return { entries, problems: listable(problems) };
});

function asJson(value: unknown): Json {
  return json.parse(JSON.parse(JSON.stringify(value ?? null)));
}

export const handler = lambdaFunction(task);
