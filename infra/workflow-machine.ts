import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionFor, MachineFor, Workflow } from '../workflows/category';
import { pascalCase } from './task-function';

/** A workflow as a state machine. */
export class WorkflowMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, workflow: Workflow, functions: FunctionFor, machines: MachineFor, logKey: IKey) {
    super(scope, pascalCase(workflow.id));
    const called = new Set<string>();
    const noting: FunctionFor = (contract) => {
      called.add(`${pascalCase(contract.id)}Function`);
      return functions(contract);
    };
    const logs = new LogGroup(this, 'Logs', {
      // Step Functions writes only to log groups under this prefix without running into the size of the resource policy.
      logGroupName: `/aws/vendedlogs/states/eks-incident-response/${workflow.id}`,
      retention: RetentionDays.ONE_YEAR,
      encryptionKey: logKey,
      // The name is fixed: kept after a first deployment that failed, it would stand in the way of the second.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.machine = new StateMachine(this, 'Machine', {
      comment: workflow.description,
      stateMachineType: StateMachineType.STANDARD,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(workflow.define(this, noting, machines)),
      timeout: Duration.seconds(workflow.timeoutSeconds),
      tracingEnabled: true,
      // Without execution data: inputs and outputs are evidence, and a task token is among the parameters.
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    (this.machine.node.defaultChild as CfnStateMachine).overrideLogicalId(`${pascalCase(workflow.id)}Machine`);
    Validations.of(this).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray and the delivery of logs take no resource in IAM',
      },
      ...[...called].map((name) => ({
        id: `AwsSolutions-IAM5[Resource::<${name}.Arn>:*]`,
        reason: 'A machine may invoke every version of the functions of its own tasks, and no other function',
      })),
    );
  }
}
