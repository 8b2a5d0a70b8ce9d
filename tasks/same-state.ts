import stringify from 'safe-stable-stringify';
import type { Json } from '../runbooks/incident';

/** Whether two states are the same, whatever the order of their keys. */
export function sameState(one: Json | null, other: Json | null): boolean {
  return stringify(one) === stringify(other);
}
