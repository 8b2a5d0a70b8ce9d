import { part, textAt } from '../triage/cloudtrail';
import type { Event } from '../triage/event';

/**
 * The cluster that a call of EKS names: `name` today and `clusterName` in old records, percent-encoded where it stood in
 * the path. Null where the record names none.
 */
export function calledCluster({ detail }: Event): string | null {
  const name =
    textAt(part(detail['requestParameters']), 'name', 'clusterName') ??
    textAt(part(detail['responseElements'], 'cluster'), 'name');
  return name === null ? null : decoded(name);
}

/** What stands in a path may be recorded percent-encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
