import type { Resource } from '../runbooks/incident';

/** Each resource once, in the order in which they first come. */
export function distinctResources<T extends Resource>(resources: readonly T[]): T[] {
  return [...new Map(resources.map((it) => [`${it.type} ${it.id}`, it])).values()];
}
