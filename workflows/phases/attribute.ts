import { Duration } from 'aws-cdk-lib';
import { type Chain, Choice, Condition, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { collectContext } from '../../tasks/collect-context/contract';
import type { FunctionFor } from '../category';
import { taskState } from '../task-state';
import { otherwise, phase } from './phase';
import { caughtFailure } from './report-failure';

/**
 * Ten looks, 90 s apart: CloudTrail tells of a call some 5 minutes after it, and within 15 by AWS's own account. Nobody is
 * woken over what automation did and CloudTrail has not told yet; after that what is not known is taken as hostile.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const looks = 10;
const secondsBetweenLooks = 90;

/** Waits until it is known who stands behind the events, within bounds. What was gathered before goes on unchanged. */
export function attributePhase(scope: Construct, functions: FunctionFor, failure: Chain): Chain {
  const known = Choice.jsonata(scope, 'Is it known who did it?');
  const wait = Wait.jsonata(scope, 'Give CloudTrail time', {
    time: WaitTime.duration(Duration.seconds(secondsBetweenLooks)),
  });
  const ask = taskState(scope, 'Ask CloudTrail again', functions, {
    contract: collectContext,
    arguments: { incidentId: '{% $incidentId %}' },
    assign: { looksForActor: '{% $looksForActor + 1 %}' },
  });
  ask.addCatch(failure, { assign: caughtFailure });
  known.when(Condition.jsonata(`{% $not($states.input.attributed) and $looksForActor < ${looks} %}`), wait);
  wait.next(ask).next(known);
  return phase(known, otherwise(known));
}
