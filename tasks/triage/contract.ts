import * as z from 'zod';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { readClusters, useStore, writeEvidence } from '../permissions';

export const triage = contract({
  id: 'triage',
  description: 'Reads an event, finds the clusters that it reaches, and opens or joins their incident',
  input: z.strictObject({
    category: z.string(),
    /** As EventBridge delivered it. */
    event: z.unknown(),
    executionArn: z.string(),
    startedAt: z.string(),
  }),
  output: z.strictObject({
    disposition: z.enum(['opened', 'joined', 'duplicate', 'out-of-scope']),
    incidentId: z.string().nullable(),
    /** Why it went there, for whoever reads the execution. */
    reason: z.string(),
    settleSeconds: z.number().int(),
  }),
  errors: [],
  timeoutSeconds: 60,
  speaksToClusters: true,
  permissions: [useStore, ...writeEvidence, readClusters, ...readCategories],
});
