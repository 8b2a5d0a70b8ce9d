import { matchesWildcard } from './wildcard';

/**
 * Whether a Config rule's name is one of these, where `*` stands for any text. A rule's name is chosen by whoever deploys
 * it: conformance packs, Security Hub and Control Tower put their own words around AWS's.
 */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesWildcard(pattern, name));
}
