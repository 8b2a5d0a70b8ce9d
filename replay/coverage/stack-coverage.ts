import { join } from 'node:path';
import * as z from 'zod';
import { pascalCase } from '../../infra/task-function';
import { hubTemplate } from '../../infra/template';
import { rows, subcategories } from '../../runbooks/playbook';
import { readPlan } from '../../tasks/plan-files';
import { childWorkflows, workflows } from '../../workflows/registry';
import type { Played } from '../incidents/play';
import { type Covering, coverageOfRow, coverageOfSubcategory, type Found, type Line, type Rehearsed } from './coverage';

const root = join(import.meta.dirname, '..', '..');

/** What incidents that were just played show of the playbook, by the stack as it is synthesized and the plans as they are. */
export function coverageShownBy(played: readonly Played[]): { lines: Line[]; rehearsed: Rehearsed[] } {
  const rehearsed = played.map(({ file, passed, result }) => ({
    file,
    passed,
    decided: result.incidents.flatMap(({ id, rule, alongside, told }) =>
      [rule, ...alongside].map((each) => ({ category: categoryOf(id), rule: each, told })),
    ),
  }));
  const found: Found = { runbooks: coveringRunbooks(), detections: detectionsOf(hubTemplate(everyControl)), rehearsed };
  return {
    lines: [
      ...subcategories.map((it) => coverageOfSubcategory(it, found)),
      ...rows.map((it) => coverageOfRow(it, found)),
    ],
    rehearsed,
  };
}

/** The controls that a deployment has to ask for are part of what can be covered. */
const everyControl = { approvedAmis: ['ami-0123456789abcdef0'] } as const;

/** An incident's id is its category, the day and eight digits. */
function categoryOf(incidentId: string): string {
  return incidentId.replace(/-\d{4}-\d{2}-\d{2}-[0-9a-f]+$/, '');
}

function coveringRunbooks(): Covering[] {
  const started = new Set(workflows.map(({ id }) => id));
  return [...workflows, ...childWorkflows].map(({ id }) => {
    const { plan } = readPlan(join(root, 'runbooks'), id);
    return {
      category: id,
      nist: plan.nist,
      rules: plan.rules.map((rule) => rule.id),
      machine: `${pascalCase(id)}Machine`,
      eventRule: started.has(id) ? `${pascalCase(id)}Rule` : null,
    };
  });
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.looseObject({ ConfigRuleName: z.string().optional() }).optional(),
    }),
  ),
});

function detectionsOf(document: unknown): ReadonlySet<string> {
  return new Set(
    Object.entries(template.parse(document).Resources).flatMap(([logicalId, { Type, Properties }]) => {
      if (Type === 'AWS::Events::Rule') return [logicalId];
      return Type === 'AWS::Config::ConfigRule' ? (Properties?.ConfigRuleName ?? []) : [];
    }),
  );
}
