import type { HistoryEvent } from '../../../replay/engine/history';
import { VirtualScheduler } from '../../../replay/engine/scheduler';
import {
  type ExecutionDescription,
  StepFunctions,
  type StepFunctionsOptions,
} from '../../../replay/engine/step-functions';

/** What a function does: answers, or throws. */
export type Functions = Readonly<Record<string, (payload: never, call: number) => unknown>>;

export interface Ran {
  readonly execution: ExecutionDescription;
  readonly events: readonly HistoryEvent[];
  readonly output: unknown;
  /** Seconds of virtual time. */
  readonly seconds: number;
}

export function engine(functions: Functions = {}, more: Partial<StepFunctionsOptions> = {}) {
  const scheduler = new VirtualScheduler(0);
  const calls: { name: string; payload: unknown; at: number }[] = [];
  let uuids = 0;
  const service = new StepFunctions({
    scheduler,
    account: '111122223333',
    region: 'eu-central-1',
    random: () => 0.5,
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
    invokeFunction: async (name, payload) => {
      calls.push({ name, payload, at: scheduler.now() / 1_000 });
      return (await functions[name]?.(payload as never, calls.length)) as never;
    },
    ...more,
  });
  return { scheduler, service, calls };
}

/** Runs a definition to its end on the virtual clock. */
export async function run(
  definition: object,
  input: unknown = {},
  functions: Functions = {},
): Promise<Ran & { calls: ReturnType<typeof engine>['calls'] }> {
  const { scheduler, service, calls } = engine(functions);
  const { stateMachineArn } = service.createStateMachine({ name: 'machine', definition });
  const { executionArn } = service.startExecution({ stateMachineArn, name: 'run', input: JSON.stringify(input) });
  await scheduler.run({ horizon: 400 * 86_400_000 });
  const execution = service.describeExecution({ executionArn });
  const { events } = service.getExecutionHistory({ executionArn, maxResults: 1_000 });
  const output = execution.output === undefined ? undefined : (JSON.parse(execution.output) as unknown);
  return { execution, events, output, seconds: ((execution.stopDate?.getTime() ?? 0) - 0) / 1_000, calls };
}

export const jsonata = (states: object, startAt = Object.keys(states)[0]) => ({
  QueryLanguage: 'JSONata',
  StartAt: startAt,
  States: states,
});

export const invoke = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...more,
});
