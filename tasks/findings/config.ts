import { part, textAt } from '../triage/cloudtrail';
import type { Event } from '../triage/event';

/** Whether Config tells that a resource has come out of compliance with a rule. That it is compliant again opens nothing. */
export function isNonCompliant({ source, detail, 'detail-type': detailType }: Event): boolean {
  return (
    source === 'aws.config' &&
    detailType === 'Config Rules Compliance Change' &&
    textAt(part(detail, 'newEvaluationResult'), 'complianceType') === 'NON_COMPLIANT'
  );
}
