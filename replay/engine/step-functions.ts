import { StateError } from './errors';
import { Execution, type Status } from './execution';
import type { HistoryEvent } from './history';
import type { Integrations, TaskAnswer, TaskCall } from './integrations';
import { isObject, type Json, type JsonObject } from './json';
import { payloadLimit } from './limits';
import { loadMachine, type Machine } from './machine';
import type { Scheduler } from './scheduler';
import { ServiceError } from './service-error';
import { TaskTokens } from './task-tokens';

/** What a function that failed says: its error's name and message, as the Lambda runtime reports them. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';

  constructor(
    readonly errorType: string,
    readonly errorMessage: string,
    readonly trace: readonly string[] = [],
  ) {
    super(`${errorType}: ${errorMessage}`);
  }
}

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

  constructor(private readonly options: StepFunctionsOptions) {
    this.partition = options.partition ?? 'aws';
    this.tokens = new TaskTokens(() => `${options.uuid()}${options.uuid()}`.replaceAll('-', ''));
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
    const deployed = this.machines.get(it.stateMachineArn);
    if (deployed === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${it.stateMachineArn}'`);
    }
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
    const { scheduler, random, uuid, region, transitionLatencyMs = 0 } = this.options;
    const execution = new Execution(
      deployed.machine,
      {
        scheduler,
        random,
        uuid,
        region,
        transitionLatencyMs,
        tokens: this.tokens,
        integrations: this.integrations(deployed),
      },
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

  private readonly waiters = new Map<string, (() => void)[]>();

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
    if (it.stateMachineArn !== undefined && !this.machines.has(it.stateMachineArn)) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${it.stateMachineArn}'`);
    }
    const all = [...this.executions.values()]
      .filter(({ identity, status }) => {
        const ofMachine = it.stateMachineArn === undefined || identity.stateMachineArn === it.stateMachineArn;
        return ofMachine && (it.statusFilter === undefined || status === it.statusFilter);
      })
      .map((execution) => this.describe(execution))
      .reverse();
    const { page, nextToken } = pageOf(all, it.maxResults ?? 100, it.nextToken);
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
    const size = it.maxResults ?? 100;
    const start = startOf(it.nextToken);
    const count = Math.min(size, history.length - start);
    const events = it.reverseOrder
      ? history.read(history.length - start - count, count).reverse()
      : history.read(start, count);
    const following = start + count;
    return { events, ...(following < history.length ? { nextToken: String(following) } : {}) };
  }

  sendTaskSuccess({ taskToken, output }: { taskToken: string; output: string }): void {
    const value = parseDocument(output, 'InvalidOutput', 'Invalid Output');
    refuse(this.tokens.succeed(taskToken, value));
  }

  sendTaskFailure(it: { taskToken: string; error?: string | undefined; cause?: string | undefined }): void {
    refuse(this.tokens.fail(it.taskToken, it.error, it.cause));
  }

  sendTaskHeartbeat({ taskToken }: { taskToken: string }): void {
    refuse(this.tokens.beat(taskToken));
  }

  stopExecution(it: { executionArn: string; error?: string | undefined; cause?: string | undefined }): {
    stopDate: Date;
  } {
    const execution = this.execution(it.executionArn);
    const wasRunning = execution.status === 'RUNNING';
    execution.stop(it.error, it.cause);
    if (wasRunning) this.options.onStatusChange?.(this.describe(execution));
    return { stopDate: new Date(execution.stopDate ?? this.options.scheduler.now()) };
  }

  describeStateMachineForExecution({ executionArn }: { executionArn: string }) {
    const { stateMachineArn } = this.execution(executionArn).identity;
    const deployed = this.machines.get(stateMachineArn);
    if (deployed === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    const { arn, name, definition, roleArn, createdAt } = deployed;
    return { stateMachineArn: arn, name, definition, roleArn, updateDate: createdAt };
  }

  private execution(arn: string): Execution {
    const found = this.executions.get(arn);
    if (found === undefined) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  private integrations(caller: Deployed): Integrations {
    return {
      perform: async (call) => {
        const { resource } = call;
        if (resource.kind === 'lambda-function')
          return { output: await this.invoke(resource.resource, call.arguments) };
        if (resource.service === 'lambda' && resource.action === 'invoke' && !resource.viaSdk)
          return this.lambdaInvoke(call);
        if (resource.service === 'states' && resource.action === 'startExecution') return this.nested(call);
        if (this.options.callService === undefined) {
          throw new StateError('States.Runtime', `${caller.name} calls ${resource.arn}, which nothing answers here`);
        }
        return { output: await this.options.callService(call) };
      },
    };
  }

  private async lambdaInvoke(call: TaskCall): Promise<TaskAnswer> {
    const input = isObject(call.arguments) ? call.arguments : {};
    const payload = await this.invoke(String(input['FunctionName']), input['Payload'] ?? {});
    const requestId = this.options.uuid();
    const output: JsonObject = {
      ExecutedVersion: '$LATEST',
      Payload: payload,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: requestId },
      StatusCode: 200,
    };
    return call.resource.pattern === 'task-token' ? { submitted: output } : { output };
  }

  private async invoke(name: string, payload: Json): Promise<Json> {
    try {
      return await this.options.invokeFunction(name, payload);
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      const { errorType, errorMessage, trace } = error;
      throw new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
    }
  }

  /** `startExecution` answers at once, `.sync` when the other execution has ended, `.sync:2` with its output as JSON. */
  private async nested(call: TaskCall): Promise<TaskAnswer> {
    const input = isObject(call.arguments) ? call.arguments : {};
    let started: { executionArn: string; startDate: Date };
    try {
      started = this.startExecution({
        stateMachineArn: String(input['StateMachineArn']),
        name: typeof input['Name'] === 'string' ? input['Name'] : undefined,
        input: typeof input['Input'] === 'string' ? input['Input'] : JSON.stringify(input['Input'] ?? {}),
      });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new StateError(
        `StepFunctions.${error.name}Exception`,
        `${error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${error.name})`,
      );
    }
    const submitted = { ExecutionArn: started.executionArn, StartDate: started.startDate.toISOString() };
    if (call.resource.pattern === 'request-response') return { output: submitted };
    if (call.resource.pattern === 'task-token') return { submitted };
    const parsed = call.resource.resource.endsWith(':2');
    return { submitted, done: this.ended(started.executionArn, parsed) };
  }

  private async ended(arn: string, parsed: boolean): Promise<Json> {
    const execution = this.execution(arn);
    if (execution.status === 'RUNNING') {
      await new Promise<void>((resolve) => this.waiters.set(arn, [...(this.waiters.get(arn) ?? []), resolve]));
    }
    const it = this.describe(execution);
    const result: Record<string, Json> = {
      ExecutionArn: it.executionArn,
      Input: parsed ? execution.input : it.input,
      InputDetails: { Included: true },
      Name: it.name,
      StartDate: it.startDate.getTime(),
      StateMachineArn: it.stateMachineArn,
      Status: it.status,
      StopDate: it.stopDate?.getTime() ?? null,
    };
    if (it.status === 'SUCCEEDED') {
      return {
        ...result,
        Output: parsed ? (execution.output ?? null) : (it.output ?? null),
        OutputDetails: { Included: true },
      };
    }
    const failure = { ...result, Error: it.error ?? null, Cause: it.cause ?? null };
    throw new StateError('States.TaskFailed', JSON.stringify(failure));
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
      : 'Task Timed Out: the task is not waiting for this token any more',
  );
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
