import * as z from 'zod';
import { actorSign } from './actor-signs';
import { type CategoryId, categories } from './categories';
import { actor, resource } from './incident';

const common = {
  account: z.string(),
  region: z.string(),
  /** When the first event happened, ISO 8601 in UTC. */
  time: z.string(),
  /** How many events the incident has so far. */
  events: z.number().int().positive(),
  /** Who did it; where several did, the first whom the plan does not trust. */
  actor: actor.extend({
    trusted: z.boolean(),
    /** Whole days from the key's making, or the session's, to the first event; null where nobody knows. */
    keyAgeDays: z.number().int().nonnegative().nullable(),
    /** What speaks for the principal being in other hands. */
    signs: z.array(actorSign),
  }),
  clusters: z.array(z.strictObject({ name: z.string(), tags: z.record(z.string(), z.string()) })),
  subjects: z.array(resource),
};

/**
 * What a rule's condition sees: the incident as it is known when the plan is asked. Conditions name these fields, such as
 * `actor.trusted` or `facts.opensToInternet = 'yes'`.
 */
export function situationOf<Id extends CategoryId>(category: Id) {
  return z.strictObject({ ...common, facts: categories[category].facts });
}
