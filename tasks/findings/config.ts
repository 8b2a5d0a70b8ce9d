import { part, textAt } from '../triage/cloudtrail';
import { type Event, ownDetailTypes, ownSource } from '../triage/event';

/** Who tells that a resource breaks a rule: Config when it begins, our own scheduled look while it lasts, in Config's words. */
export const complianceSources = [
  { source: 'aws.config', detailType: 'Config Rules Compliance Change' },
  { source: ownSource, detailType: ownDetailTypes.standing },
] as const;

/** Whether it is told that a resource breaks a rule of Config's. That it is compliant again opens nothing. */
export function isNonCompliant({ source, detail, 'detail-type': detailType }: Event): boolean {
  return (
    complianceSources.some((it) => it.source === source && it.detailType === detailType) &&
    textAt(part(detail, 'newEvaluationResult'), 'complianceType') === 'NON_COMPLIANT'
  );
}
