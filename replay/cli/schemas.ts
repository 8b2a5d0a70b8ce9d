import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { plan } from '../../runbooks/plan';
import { incidentFile } from '../incidents/incident-file';

const root = join(import.meta.dirname, '..', '..');

/** The JSON Schemas that editors complete plans and incidents by, made from what reads them. */
export function schemas(): readonly { readonly file: string; readonly text: string }[] {
  return [
    { file: 'runbooks/plan.schema.json', schema: plan, title: 'A category of an incident response plan' },
    { file: 'replay/incidents/incident.schema.json', schema: incidentFile, title: 'An incident to replay' },
  ].map(({ file, schema, title }) => ({
    file: join(root, file),
    // What is written into a file, not what is read from it: durations are texts, and defaults may be left out.
    text: `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`,
  }));
}

export function writeSchemas(): void {
  for (const { file, text } of schemas()) writeFileSync(file, text);
}
