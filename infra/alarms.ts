import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

const period = Duration.minutes(5);

/** What must wake somebody. `docs/alarms.md` has a section for each: what it means, how to investigate, how to resolve. */
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
      'An event could not be delivered',
      queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    );
  }

  failedMachine(name: string, machine: StateMachine): void {
    this.alarm(`${name}Failed`, `An execution of ${name} failed`, machine.metricFailed({ period }), 'machine-failed');
    this.alarm(
      `${name}TimedOut`,
      `An execution of ${name} timed out`,
      machine.metricTimedOut({ period }),
      'machine-timed-out',
    );
    this.alarm(
      `${name}Aborted`,
      `An execution of ${name} was stopped by somebody`,
      machine.metricAborted({ period }),
      'machine-aborted',
    );
  }

  slackEndpoint(handler: LambdaFunction): void {
    this.alarm('SlackEndpointErrors', 'Clicks in Slack fail', handler.metricErrors({ period }));
    this.alarm('SlackEndpointThrottled', 'Clicks in Slack are turned away', handler.metricThrottles({ period }));
  }

  failureReporter(handler: LambdaFunction): void {
    this.alarm('FailureReporterErrors', 'A failure could not be reported', handler.metricErrors({ period }));
  }

  baseline(handler: LambdaFunction): void {
    this.alarm(
      'BaselineErrors',
      'The baseline of the clusters could not be recorded',
      handler.metricErrors({ period }),
    );
  }

  drift(handler: LambdaFunction): void {
    this.alarm('DriftLookErrors', 'Drift that stays could not be looked for', handler.metricErrors({ period }));
  }

  /** Shown in the console only where the topic itself is what fails: nobody else is told by it. */
  undeliveredFallback(topic: ITopic): void {
    this.alarm(
      'FallbackUndelivered',
      'A message of last resort did not arrive',
      topic.metricNumberOfNotificationsFailed({ period }),
    );
  }

  private alarm(id: string, meaning: string, metric: IMetric, section = kebabCase(id)): void {
    new Alarm(this, id, {
      alarmDescription: `${meaning}: see docs/alarms.md#${section}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.topic));
  }
}

/** `LostEvents` → `lost-events`. */
function kebabCase(id: string): string {
  return id.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}
