import * as z from 'zod';
import { collectEvidence, readCategories } from '../categories/registry';
import { contract } from '../contract';
import { readClusters, useStore, writeEvidence } from '../permissions';

export const preserveEvidence = contract({
  id: 'preserve-evidence',
  description: 'Keeps the events and the present configuration of what they touched, with a chain of custody',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({ entries: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 120,
  permissions: [useStore, ...writeEvidence, readClusters, ...readCategories, ...collectEvidence],
});
