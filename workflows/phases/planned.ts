import { type Chain, Choice, Condition } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import { otherwise, phase } from './phase';

/** JSONata for those of the purposes that the plan asks for, in their order. */
export function plannedAmong(purposes: readonly PlannedPurpose[]): string {
  return `{% [${purposes.map((it) => `$planned.${it} != 'never' ? '${it}'`).join(', ')}] %}`;
}

/** Passes over an answer that the plan does not ask for. */
export function ifPlanned(scope: Construct, name: string, purpose: PlannedPurpose, answer: Chain): Chain {
  const choice = Choice.jsonata(scope, name).when(Condition.jsonata(`{% $planned.${purpose} != 'never' %}`), answer);
  return phase(choice, otherwise(choice), ...answer.endStates);
}
