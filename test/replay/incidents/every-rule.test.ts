import { join, relative, sep } from 'node:path';
import { incidentFiles, loadIncident } from '../../../replay/incidents/incident-file';
import { readPlan } from '../../../tasks/plan-files';
import { childWorkflows, workflows } from '../../../workflows/registry';

const root = join(__dirname, '..', '..', '..');
const folder = join(root, 'test', 'incidents');

const plans = [...workflows, ...childWorkflows].map(({ id }) => ({
  category: id as string,
  rules: readPlan(join(root, 'runbooks'), id).plan.rules.map((rule) => rule.id),
}));

const files = incidentFiles(folder).map((file) => {
  const [first = '', ...within] = relative(folder, file).split(sep);
  return {
    category: within.length === 0 ? 'network-change' : first,
    expects: loadIncident(file).incident.expect.incidents.flatMap(({ rule = [], alongside = [] }) =>
      [rule, alongside].flat(),
    ),
  };
});

test.each(plans)('every rule of the plan for $category is expected by an incident', ({ category, rules }) => {
  const unseen = rules.filter((rule) => {
    // Where plans share an id, only the folder of a file says whose rule it means.
    const shared = plans.some((other) => other.category !== category && other.rules.includes(rule));
    return !files.some((file) => file.expects.includes(rule) && (!shared || file.category === category));
  });
  expect(unseen).toEqual([]);
});
