import { Duration } from 'aws-cdk-lib';
import { type CfnRule, EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Function as TaskLambda } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { CategoryWorkflow } from '../workflows/category';
import { pascalCase } from './task-function';

/** EventBridge's own limits, which are also its best: a day of tries, then the dead-letter queue. */
const delivery = { maxEventAge: Duration.hours(24), retryAttempts: 185 } as const;

/**
 * From events to machines. CloudTrail's events arrive on the account's default bus; those of workload accounts are
 * forwarded to it.
 */
export class Routing extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly deadLetters: IQueue,
  ) {
    super(scope, id);
  }

  /** One rule for each category: its pattern stands beside its workflow. */
  category(workflow: CategoryWorkflow, machine: StateMachine): void {
    const rule = new Rule(this, `${pascalCase(workflow.id)}Rule`, {
      description: workflow.description,
      // The construct knows no $or: the pattern itself is put in its place below.
      eventPattern: { source: ['aws'] },
      targets: [new SfnStateMachine(machine, { deadLetterQueue: this.deadLetters, ...delivery })],
    });
    const resource = rule.node.defaultChild as CfnRule;
    resource.eventPattern = workflow.pattern;
    resource.overrideLogicalId(`${pascalCase(workflow.id)}Rule`);
  }

  /** An execution that was stopped, timed out or failed on its last way out still ends with a record and a message. */
  failures(machines: readonly StateMachine[], reportFailure: TaskLambda): void {
    const rule = new Rule(this, 'FailedExecutionsRule', {
      description: 'Executions that did not end by themselves are closed and told of',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: machines.map(({ stateMachineArn }) => stateMachineArn),
        },
      },
      targets: [
        new LambdaFunction(reportFailure, {
          deadLetterQueue: this.deadLetters,
          ...delivery,
          event: RuleTargetInput.fromObject({
            incidentId: null,
            executionArn: EventField.fromPath('$.detail.executionArn'),
            error: EventField.fromPath('$.detail.status'),
            cause: 'The execution ended without closing its incident',
            input: null,
          }),
        }),
      ],
    });
    (rule.node.defaultChild as CfnRule).overrideLogicalId('FailedExecutionsRule');
  }

  /** How clusters stand is recorded every six hours: what proposals put back is at most that old. */
  baseline(recordBaseline: TaskLambda): void {
    new Rule(this, 'BaselineRule', {
      description: 'Records how the networks of all clusters stand',
      schedule: Schedule.rate(Duration.hours(6)),
      targets: [
        new LambdaFunction(recordBaseline, {
          deadLetterQueue: this.deadLetters,
          ...delivery,
          event: RuleTargetInput.fromObject({ incidentId: null }),
        }),
      ],
    });
  }

  /** What Config tells of once, the look brings up again; failed updates it finds within the hour. */
  drift(lookForDrift: TaskLambda): void {
    const rule = new Rule(this, 'DriftRule', {
      description: 'Looks for clusters that are not as they should be',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [
        new LambdaFunction(lookForDrift, {
          deadLetterQueue: this.deadLetters,
          ...delivery,
          event: RuleTargetInput.fromObject({ lookId: EventField.eventId }),
        }),
      ],
    });
    (rule.node.defaultChild as CfnRule).overrideLogicalId('DriftRule');
  }

  /** Decisions whose machine has not heard of them are finished within a minute. */
  sweep(answerSlack: TaskLambda): void {
    new Rule(this, 'SweepRule', {
      description: 'Finishes decisions that were recorded and whose machine was not told',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaFunction(answerSlack, {
          deadLetterQueue: this.deadLetters,
          ...delivery,
          event: RuleTargetInput.fromObject({ kind: 'sweep' }),
        }),
      ],
    });
  }
}
