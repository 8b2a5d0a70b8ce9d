import { Execution, type Status, type Surroundings } from './execution';
import type { HistoryEvent } from './history';
import type { TaskCall } from './integrations';
import type { Json } from './json';
import { payloadLimit } from './limits';
import { loadMachine, type Machine } from './machine';
import type { Scheduler } from './scheduler';
import { ServiceError } from './service-error';
import { ServiceIntegrations } from './service-integrations';
import { TaskTokens } from './task-tokens';

export interface StepFunctionsOptions {
  readonly scheduler: Scheduler;
  readonly account: string;
  readonly region: string;
  readonly partition?: string;
  /** From 0 to 1, for jitter and `$random`. */
  readonly random: () => number;
  readonly uuid: () => string;
  /** Invokes a function by name or ARN with a payload. Throws `FunctionError`. */
  readonly invokeFunction: (name: string, payload: Json) => Promise<Json>;
  /** Any other call of an integration. Throws `StateError` with the error's name as Step Functions gives it. */
  readonly callService?: (call: TaskCall) => Promise<Json>;
  readonly transitionLatencyMs?: number;
  /** What EventBridge tells as 'Step Functions Execution Status Change'. */
  readonly onStatusChange?: (execution: ExecutionDescription) => void;
  /** Told when a state is entered: for whoever watches. */
  readonly onStart?: (execution: ExecutionDescription) => void;
}

export { FunctionError } from './service-integrations';

export interface ExecutionDescription {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: Status;
  readonly startDate: Date;
  readonly stopDate?: Date;
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

interface Deployed {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly machine: Machine;
  readonly createdAt: Date;
}

/**
 * Step Functions on this machine, with the service's own commands and errors (`ServiceError`, whose `name` is AWS's).
 * Standard executions only.
 */
export class StepFunctions {
  private readonly machines = new Map<string, Deployed>();
  private readonly executions = new Map<string, Execution>();
  private readonly running = new Set<Promise<void>>();
  private readonly tokens: TaskTokens;
  private readonly partition: string;
  private readonly surroundings: Surroundings;
  private readonly waiters = new Map<string, (() => void)[]>();

  constructor(private readonly options: StepFunctionsOptions) {
    this.partition = options.partition ?? 'aws';
    this.tokens = new TaskTokens(() => `${options.uuid()}${options.uuid()}`.replaceAll('-', ''));
    const { scheduler, random, uuid, region, transitionLatencyMs = 0 } = options;
    this.surroundings = {
      scheduler,
      random,
      uuid,
      region,
      transitionLatencyMs,
      tokens: this.tokens,
      integrations: new ServiceIntegrations(this, options),
    };
  }

  /** Throws `InvalidDefinition`. */
  createStateMachine(it: { name: string; definition: unknown; roleArn?: string }): { stateMachineArn: string } {
    const { account, region, scheduler } = this.options;
    const arn = `arn:${this.partition}:states:${region}:${account}:stateMachine:${it.name}`;
    this.machines.set(arn, {
      arn,
      name: it.name,
      roleArn: it.roleArn ?? `arn:${this.partition}:iam::${account}:role/${it.name}`,
      definition: JSON.stringify(it.definition),
      machine: loadMachine(it.definition),
      createdAt: new Date(scheduler.now()),
    });
    return { stateMachineArn: arn };
  }

  startExecution(it: { stateMachineArn: string; name?: string | undefined; input?: string | undefined }): {
    executionArn: string;
    startDate: Date;
  } {
    const deployed = this.deployed(it.stateMachineArn);
    const text = it.input ?? '{}';
    const input = parseDocument(text, 'InvalidExecutionInput', 'Invalid State Machine Execution Input');
    if (Buffer.byteLength(text) > payloadLimit) {
      throw new ServiceError(
        'InvalidExecutionInput',
        `Invalid State Machine Execution Input: more than ${payloadLimit} bytes`,
      );
    }
    const name = it.name ?? this.options.uuid();
    if (!/^[0-9A-Za-z_-]{1,80}$/.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
    const arn = `${deployed.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.executions.get(arn);
    if (known !== undefined) {
      // The same name with the same input is the same execution while it runs.
      if (known.status === 'RUNNING' && JSON.stringify(known.input) === JSON.stringify(input)) {
        return { executionArn: arn, startDate: new Date(known.startDate) };
      }
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = this.begin(deployed, arn, name, input);
    return { executionArn: arn, startDate: new Date(execution.startDate) };
  }

  private begin(deployed: Deployed, arn: string, name: string, input: Json): Execution {
    const execution = new Execution(
      deployed.machine,
      this.surroundings,
      { arn, name, stateMachineArn: deployed.arn, stateMachineName: deployed.name, roleArn: deployed.roleArn },
      input,
    );
    this.executions.set(arn, execution);
    this.options.onStart?.(this.describe(execution));
    const run = execution.run().then(() => {
      this.running.delete(run);
      this.options.onStatusChange?.(this.describe(execution));
      for (const tell of this.waiters.get(arn) ?? []) tell();
      this.waiters.delete(arn);
    });
    this.running.add(run);
    return execution;
  }

  /** Resolves when the execution has ended. */
  async ended(executionArn: string): Promise<ExecutionDescription> {
    const execution = this.execution(executionArn);
    if (execution.status === 'RUNNING') {
      await new Promise<void>((resolve) => {
        this.waiters.set(executionArn, [...(this.waiters.get(executionArn) ?? []), resolve]);
      });
    }
    return this.describe(execution);
  }

  describeExecution({ executionArn }: { executionArn: string }): ExecutionDescription {
    return this.describe(this.execution(executionArn));
  }

  private describe(it: Execution): ExecutionDescription {
    return {
      executionArn: it.identity.arn,
      stateMachineArn: it.identity.stateMachineArn,
      name: it.identity.name,
      status: it.status,
      startDate: new Date(it.startDate),
      input: JSON.stringify(it.input),
      ...(it.stopDate === undefined ? {} : { stopDate: new Date(it.stopDate) }),
      ...(it.output === undefined ? {} : { output: JSON.stringify(it.output) }),
      ...(it.error === undefined ? {} : { error: it.error }),
      ...(it.cause === undefined ? {} : { cause: it.cause }),
    };
  }

  /** Newest first, as AWS lists them. */
  listExecutions(it: {
    stateMachineArn?: string | undefined;
    statusFilter?: string | undefined;
    maxResults?: number | undefined;
    nextToken?: string | undefined;
  }): { executions: ExecutionDescription[]; nextToken?: string } {
    if (it.stateMachineArn !== undefined) this.deployed(it.stateMachineArn);
    const all = [...this.executions.values()]
      .filter(({ identity, status }) => {
        const ofMachine = it.stateMachineArn === undefined || identity.stateMachineArn === it.stateMachineArn;
        return ofMachine && (it.statusFilter === undefined || status === it.statusFilter);
      })
      .map((execution) => this.describe(execution))
      .reverse();
    const { page, nextToken } = pageOf(all, pageSize(it.maxResults), it.nextToken);
    return { executions: page, ...(nextToken === undefined ? {} : { nextToken }) };
  }

  getExecutionHistory(it: {
    executionArn: string;
    maxResults?: number | undefined;
    reverseOrder?: boolean | undefined;
    nextToken?: string | undefined;
    includeExecutionData?: boolean | undefined;
  }): { events: HistoryEvent[]; nextToken?: string } {
    const { history } = this.execution(it.executionArn);
    const start = startOf(it.nextToken);
    const count = Math.max(0, Math.min(pageSize(it.maxResults), history.length - start));
    const withData = it.includeExecutionData ?? true;
    const events = it.reverseOrder
      ? history.read(history.length - start - count, count, withData).reverse()
      : history.read(start, count, withData);
    const following = start + count;
    return { events, ...(following < history.length ? { nextToken: String(following) } : {}) };
  }

  sendTaskSuccess({ taskToken, output }: { taskToken: string; output: string }): void {
    checkLength('output', output, payloadLimit);
    const value = parseDocument(output, 'InvalidOutput', 'Invalid Output');
    refuse(this.tokens.succeed(taskToken, value));
  }

  sendTaskFailure(it: { taskToken: string; error?: string | undefined; cause?: string | undefined }): void {
    checkLength('error', it.error, errorLimit);
    checkLength('cause', it.cause, causeLimit);
    refuse(this.tokens.fail(it.taskToken, it.error, it.cause));
  }

  sendTaskHeartbeat({ taskToken }: { taskToken: string }): void {
    refuse(this.tokens.beat(taskToken));
  }

  stopExecution(it: { executionArn: string; error?: string | undefined; cause?: string | undefined }): {
    stopDate: Date;
  } {
    checkLength('error', it.error, errorLimit);
    checkLength('cause', it.cause, causeLimit);
    const execution = this.execution(it.executionArn);
    execution.stop(it.error, it.cause);
    return { stopDate: new Date(execution.stopDate ?? this.options.scheduler.now()) };
  }

  describeStateMachineForExecution({ executionArn }: { executionArn: string }) {
    const { stateMachineArn } = this.execution(executionArn).identity;
    const { arn, name, definition, roleArn, createdAt } = this.deployed(stateMachineArn);
    return { stateMachineArn: arn, name, definition, roleArn, updateDate: createdAt };
  }

  private deployed(arn: string): Deployed {
    const found = this.machines.get(checkedArn(arn));
    if (found !== undefined) return found;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  private execution(arn: string): Execution {
    const found = this.executions.get(checkedArn(arn));
    if (found === undefined) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  /** Resolves when no execution is running any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

function parseDocument(text: string, error: string, words: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (fault) {
    throw new ServiceError(error, `${words}: '${(fault as Error).message}'`);
  }
}

function refuse(refusal: string | undefined): void {
  if (refusal === undefined) return;
  throw new ServiceError(
    refusal,
    refusal === 'InvalidToken'
      ? "Invalid Token: 'Invalid token'"
      : "Task Timed Out: 'Provided task does not exist anymore'",
  );
}

/** Characters of an error's name and of its cause: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const errorLimit = 256;
const causeLimit = 32_768;

function checkLength(field: string, text: string | undefined, most: number): void {
  if (text === undefined || text.length <= most) return;
  throw new ServiceError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

function checkedArn(arn: string): string {
  if (/^arn:[^:]+:states:/.test(arn)) return arn;
  throw new ServiceError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
}

/** 0 asks for as many as there are without asking. */
function pageSize(asked: number | undefined): number {
  return asked === undefined || asked === 0 ? 100 : asked;
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d+$/.test(token)) throw new ServiceError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(token);
}

function pageOf<T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
): { page: T[]; nextToken: string | undefined } {
  const start = startOf(token);
  const following = start + size;
  return { page: all.slice(start, following), nextToken: following < all.length ? String(following) : undefined };
}
