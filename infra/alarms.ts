import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

const period = Duration.minutes(5);

/** What must wake somebody. `docs/alarms.md` says for each what it means and what to do. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly topic: ITopic,
  ) {
    super(scope, id);
  }

  lostEvents(queue: IQueue): void {
    this.alarm(
      'LostEvents',
      'An event could not be delivered: see docs/alarms.md',
      queue.metricApproximateNumberOfMessagesVisible({ period }),
    );
  }

  failedMachine(name: string, machine: StateMachine): void {
    this.alarm(`${name}Failed`, `An execution of ${name} failed: see docs/alarms.md`, machine.metricFailed({ period }));
    this.alarm(
      `${name}TimedOut`,
      `An execution of ${name} timed out: see docs/alarms.md`,
      machine.metricTimedOut({ period }),
    );
  }

  slackEndpoint(handler: LambdaFunction): void {
    this.alarm('SlackEndpointErrors', 'Clicks in Slack fail: see docs/alarms.md', handler.metricErrors({ period }));
    this.alarm(
      'SlackEndpointThrottled',
      'Clicks in Slack are turned away: see docs/alarms.md',
      handler.metricThrottles({ period }),
    );
  }

  failureReporter(handler: LambdaFunction): void {
    this.alarm(
      'FailureReporterErrors',
      'A failure could not be reported: see docs/alarms.md',
      handler.metricErrors({ period }),
    );
  }

  private alarm(id: string, alarmDescription: string, metric: IMetric): void {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.topic));
  }
}
