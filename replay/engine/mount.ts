import type { SFNClient } from '@aws-sdk/client-sfn';
import { ServiceError } from './service-error';
import type { StepFunctions } from './step-functions';

/** Puts the engine under the real SDK client: its commands are answered here and none leaves this process. */
export function mountStepFunctions(client: SFNClient, service: StepFunctions, before?: () => Promise<void>): void {
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      await before?.();
      const answer = command(service, String(context['commandName']), args.input);
      return { output: { ...(answer ?? {}), $metadata: { httpStatusCode: 200 } }, response: {} } as never;
    },
    { step: 'initialize', priority: 'high', name: 'stepFunctionsEngine' },
  );
}

/** The most that the service puts on a page. Whoever calls the engine itself may ask for all at once. */
const largestPage = 1_000;

function command(service: StepFunctions, name: string, input: object): object | undefined {
  if ('maxResults' in input && Number(input.maxResults) > largestPage) {
    throw new ServiceError(
      'ValidationException',
      `1 validation error detected: Value '${String(input.maxResults)}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${largestPage}`,
    );
  }
  switch (name) {
    case 'StartExecutionCommand':
      return service.startExecution(input as Parameters<StepFunctions['startExecution']>[0]);
    case 'DescribeExecutionCommand':
      return service.describeExecution(input as Parameters<StepFunctions['describeExecution']>[0]);
    case 'ListExecutionsCommand':
      return service.listExecutions(input as Parameters<StepFunctions['listExecutions']>[0]);
    case 'GetExecutionHistoryCommand':
      return service.getExecutionHistory(input as Parameters<StepFunctions['getExecutionHistory']>[0]);
    case 'SendTaskSuccessCommand':
      service.sendTaskSuccess(input as Parameters<StepFunctions['sendTaskSuccess']>[0]);
      return undefined;
    case 'SendTaskFailureCommand':
      service.sendTaskFailure(input as Parameters<StepFunctions['sendTaskFailure']>[0]);
      return undefined;
    case 'SendTaskHeartbeatCommand':
      service.sendTaskHeartbeat(input as Parameters<StepFunctions['sendTaskHeartbeat']>[0]);
      return undefined;
    case 'StopExecutionCommand':
      return service.stopExecution(input as Parameters<StepFunctions['stopExecution']>[0]);
    case 'DescribeStateMachineForExecutionCommand':
      return service.describeStateMachineForExecution(
        input as Parameters<StepFunctions['describeStateMachineForExecution']>[0],
      );
    default:
      throw new ServiceError('UnknownOperationException', `${name} is not done by this engine`);
  }
}
