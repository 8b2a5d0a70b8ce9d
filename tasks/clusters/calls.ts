import { part, textAt } from '../triage/cloudtrail';
import type { Event } from '../triage/event';

/**
 * The cluster that a call of EKS names: `name` today and `clusterName` in old records, percent-encoded where it stood in
 * the path, and in some the whole ARN. Records of denied calls may be without their request: IAM's message then ends in what
 * it was about. Null where the record names none.
 */
export function calledCluster({ detail }: Event): string | null {
  const name =
    textAt(part(detail['requestParameters']), 'name', 'clusterName') ??
    textAt(part(detail['responseElements'], 'cluster'), 'name') ??
    deniedOn.exec(textAt(detail, 'errorMessage') ?? '')?.[1] ??
    null;
  return name === null ? null : clusterNamed(name);
}

/** A cluster by its name, whoever names it by its ARN. */
export function clusterNamed(text: string): string {
  return decoded(text).split(':cluster/').at(-1) ?? text;
}

/** `… is not authorized to perform: eks:DeleteCluster on resource: arn:aws:eks:eu-central-1:111122223333:cluster/payments` */
const deniedOn = / on resource: arn:[a-z-]+:eks:[a-z0-9-]+:\d{12}:cluster\/([0-9A-Za-z][\w-]{0,99})(?![\w-])/;

/** What stands in a path may be recorded percent-encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
