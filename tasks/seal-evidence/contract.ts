import { z } from 'zod';
import { contract } from '../contract';
import { useStore, writeEvidence } from '../permissions';

export const sealEvidence = contract({
  id: 'seal-evidence',
  description: 'Seals the chain of custody as it stands, before anything is done that cannot be undone',
  input: z.strictObject({ incidentId: z.string() }),
  output: z.strictObject({ entries: z.number().int() }),
  errors: [],
  timeoutSeconds: 60,
  permissions: [useStore, ...writeEvidence, { actions: ['kms:Sign'], on: ['sealing-key'] }],
});
