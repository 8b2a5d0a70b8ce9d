import { StateError } from './errors';
import type { Integrations, TaskAnswer, TaskCall } from './integrations';
import { isObject, type Json, type JsonObject } from './json';
import { ServiceError } from './service-error';
import type { StepFunctions, StepFunctionsOptions } from './step-functions';

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

/** Where the tasks of this service's machines go: to functions, to this service itself, or to the injected dispatcher. */
export class ServiceIntegrations implements Integrations {
  constructor(
    private readonly service: StepFunctions,
    private readonly options: Pick<StepFunctionsOptions, 'invokeFunction' | 'callService' | 'uuid'>,
  ) {}

  async perform(call: TaskCall): Promise<TaskAnswer> {
    const { resource } = call;
    if (resource.kind === 'lambda-function') return { output: await this.invoke(resource.resource, call.arguments) };
    if (resource.service === 'lambda' && resource.action === 'invoke' && !resource.viaSdk) return this.lambda(call);
    if (resource.service === 'states' && resource.action === 'startExecution') return this.nested(call);
    const own = resource.viaSdk && resource.service === 'sfn' ? this.commands[resource.action] : undefined;
    if (own !== undefined) return this.answer(call, this.command(own, call));
    if (this.options.callService === undefined) {
      throw new StateError('States.Runtime', `${call.state} calls ${resource.arn}, which nothing answers here`);
    }
    return this.answer(call, await this.options.callService(call));
  }

  private answer({ resource }: TaskCall, output: Json): TaskAnswer {
    return resource.pattern === 'task-token' ? { submitted: output } : { output };
  }

  private async lambda(call: TaskCall): Promise<TaskAnswer> {
    const input = isObject(call.arguments) ? call.arguments : {};
    const payload = await this.invoke(String(input['FunctionName']), input['Payload'] ?? {});
    return this.answer(call, {
      ExecutedVersion: '$LATEST',
      Payload: payload,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: this.options.uuid() },
      StatusCode: 200,
    });
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

  /** `startExecution` answers at once, `.sync` when the other execution has ended, `.sync:2` with its documents as JSON. */
  private async nested(call: TaskCall): Promise<TaskAnswer> {
    const input = isObject(call.arguments) ? call.arguments : {};
    let started: { executionArn: string; startDate: Date };
    try {
      started = this.start(input);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new StateError(
        `StepFunctions.${error.name}Exception`,
        `${error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${error.name}; Request ID: ${this.options.uuid()}; Proxy: null)`,
      );
    }
    const { executionArn } = started;
    const submitted = { ExecutionArn: executionArn, StartDate: started.startDate.toISOString() };
    if (call.resource.pattern !== 'sync') return this.answer(call, submitted);
    return {
      submitted,
      done: this.outcome(executionArn, call.resource.resource.endsWith(':2')),
      abandon: () => this.service.stopExecution({ executionArn }),
    };
  }

  private start(input: JsonObject): { executionArn: string; startDate: Date } {
    const { StateMachineArn: stateMachineArn, Name: name, Input: given } = input;
    return this.service.startExecution({
      stateMachineArn: String(stateMachineArn),
      name: typeof name === 'string' ? name : undefined,
      input: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
    });
  }

  private async outcome(executionArn: string, parsed: boolean): Promise<Json> {
    const it = await this.service.ended(executionArn);
    const document = (text: string): Json => (parsed ? (JSON.parse(text) as Json) : text);
    const result: JsonObject = {
      ExecutionArn: it.executionArn,
      Input: document(it.input),
      InputDetails: { Included: true },
      Name: it.name,
      StartDate: it.startDate.getTime(),
      StateMachineArn: it.stateMachineArn,
      Status: it.status,
      StopDate: it.stopDate?.getTime() ?? null,
    };
    if (it.status === 'SUCCEEDED') {
      return { ...result, Output: document(it.output ?? 'null'), OutputDetails: { Included: true } };
    }
    throw new StateError(
      'States.TaskFailed',
      JSON.stringify({
        ...(it.cause === undefined ? {} : { Cause: it.cause }),
        ...(it.error === undefined ? {} : { Error: it.error }),
        ...result,
      }),
    );
  }

  /** This service's own commands, where a machine calls them through the AWS SDK. */
  private readonly commands: Readonly<Record<string, (input: JsonObject) => object | undefined>> = {
    startExecution: (input) => this.start(input),
    stopExecution: (input) => this.service.stopExecution({ executionArn: String(input['ExecutionArn']) }),
    describeExecution: (input) => this.service.describeExecution({ executionArn: String(input['ExecutionArn']) }),
    sendTaskSuccess: ({ TaskToken: token, Output: output }) => {
      this.service.sendTaskSuccess({
        taskToken: String(token),
        output: typeof output === 'string' ? output : JSON.stringify(output ?? null),
      });
      return undefined;
    },
    sendTaskFailure: ({ TaskToken: token, Error: error, Cause: cause }) => {
      this.service.sendTaskFailure({
        taskToken: String(token),
        error: typeof error === 'string' ? error : undefined,
        cause: typeof cause === 'string' ? cause : undefined,
      });
      return undefined;
    },
    sendTaskHeartbeat: ({ TaskToken: token }) => {
      this.service.sendTaskHeartbeat({ taskToken: String(token) });
      return undefined;
    },
  };

  private command(run: (input: JsonObject) => object | undefined, call: TaskCall): Json {
    try {
      const answer = run(isObject(call.arguments) ? call.arguments : {});
      const members = Object.entries(answer ?? {}).map(([key, value]): [string, Json] => [
        `${key[0]?.toUpperCase()}${key.slice(1)}`,
        value instanceof Date ? value.toISOString() : (value as Json),
      ]);
      return Object.fromEntries(members);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new StateError(
        `Sfn.${error.name}Exception`,
        `${error.message} (Service: Sfn, Status Code: 400, Request ID: ${this.options.uuid()}) (SDK Attempt Count: 1)`,
      );
    }
  }
}
