import { z } from 'zod';
import { json } from '../../runbooks/incident';

/** An event as EventBridge delivers it. `detail` is whatever its source wrote: read it with a schema of its own. */
export const event = z.object({
  version: z.string().optional(),
  id: z.string().min(1).max(256),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()).default([]),
  detail: z.record(z.string(), json),
});
export type Event = z.infer<typeof event>;
