import { type Chain, Choice, Condition } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PlannedPurpose } from '../../runbooks/decision';
import { otherwise, phase } from './phase';

/** Passes over an answer that the plan does not ask for. */
export function ifPlanned(scope: Construct, name: string, purpose: PlannedPurpose, answer: Chain): Chain {
  const choice = Choice.jsonata(scope, name).when(Condition.jsonata(`{% $planned.${purpose} != 'never' %}`), answer);
  return phase(choice, otherwise(choice), ...answer.endStates);
}
