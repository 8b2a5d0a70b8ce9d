import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Chain, IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Contract } from '../tasks/contract';

/** Where the function of a contract comes from: the stack that is deployed, or a test's stand-in. */
export type FunctionFor = (contract: Contract) => IFunction;

/** Where the machine of a workflow that another one starts comes from. */
export type MachineFor = (workflow: Workflow) => IStateMachine;

/** A state machine and how long one execution may take. */
export interface Workflow {
  readonly id: string;
  /** One line for the console. */
  readonly description: string;
  /**
   * The machine's own limit, beyond every approval that a plan can ask for: what hangs ends, and ending is noticed by
   * the rule on failed executions.
   */
  readonly timeoutSeconds: number;
  /** Makes the states within `scope` and answers the chain that begins with the first. */
  readonly define: (scope: Construct, functions: FunctionFor, machines: MachineFor) => Chain;
}

/** The workflow of one category, with the EventBridge pattern that starts it. */
export interface CategoryWorkflow extends Workflow {
  readonly pattern: EventPatternDocument;
}

/** An EventBridge event pattern as its JSON, operators and `$or` included. */
export interface EventPatternDocument {
  readonly [field: string]: EventPatternDocument | readonly unknown[];
}

/**
 * Longer than every approval that a plan may ask for, with the rounds that a moving world adds. A machine without a limit
 * of its own would hang for a year.
 */
export const sevenDays = 7 * 86_400;
