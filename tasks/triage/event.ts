import * as z from 'zod';
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

/** Under this name we put events of our own on the bus. */
export const ownSource = 'eks-incident-response';

export const ownDetailTypes = {
  /** A responder declares an incident. */
  declared: 'Incident Declared',
  /** The scheduled look found that a cluster is not as it should be. */
  drift: 'Cluster Drift Found',
  /** The scheduled look found that a resource still breaks a rule of Config's. */
  standing: 'Config Rule Still Broken',
} as const;

/**
 * Whose event it is. GuardDuty, Inspector and Config deliver a member's findings to the administrator's account as well:
 * the envelope then names the administrator, the detail the member.
 */
export function accountOf({ account, detail }: Pick<Event, 'account' | 'detail'>): string {
  for (const name of ['accountId', 'AccountId', 'awsAccountId'] as const) {
    const owner = detail[name];
    if (typeof owner === 'string' && /^\d{12}$/.test(owner)) return owner;
  }
  return account;
}
