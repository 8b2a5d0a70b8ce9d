import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualScheduler } from '../engine/scheduler';
import { StepFunctions } from '../engine/step-functions';

const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Ask for approval',
  States: {
    'Ask for approval': {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: 'ask',
        Payload: { number: '{% $states.input.number %}', token: '{% $states.context.Task.Token %}' },
      },
      TimeoutSeconds: 14_400,
      Output: { number: '{% $states.input.number %}', verdict: '{% $states.result %}' },
      End: true,
    },
  },
};

/** Many executions that wait for their tokens at once, answered in random order: how they end, and what they weigh. */
export async function suspended(count: number): Promise<{
  readonly executions: number;
  readonly endedRight: number;
  readonly bytesPerSuspendedExecution: number;
  readonly secondsToStart: number;
  readonly secondsToAnswer: number;
}> {
  const scheduler = new VirtualScheduler(0);
  const tokens: string[] = [];
  let drawn = 0;
  const service = new StepFunctions({
    scheduler,
    account: '111122223333',
    region: 'eu-central-1',
    random: () => 0.5,
    uuid: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`,
    async invokeFunction(_name, payload) {
      const { number, token } = payload as { number: number; token: string };
      tokens[number] = token;
      return null;
    },
  });
  const { stateMachineArn } = service.createStateMachine({ name: 'ask', definition });
  const before = heapUsed();
  const from = performance.now();
  const arns = Array.from(
    { length: count },
    (_, number) => service.startExecution({ stateMachineArn, input: JSON.stringify({ number }) }).executionArn,
  );
  await scheduler.run({ until: () => true });
  const started = performance.now();
  const bytes = (heapUsed() - before) / count;
  const answering = performance.now();
  for (const number of shuffled(count)) {
    service.sendTaskSuccess({ taskToken: tokens[number] ?? '', output: JSON.stringify(`answer ${number}`) });
  }
  await service.idle();
  const answered = performance.now();
  const endedRight = arns.filter((executionArn, number) => {
    const { status, output } = service.describeExecution({ executionArn });
    return status === 'SUCCEEDED' && output === JSON.stringify({ number, verdict: `answer ${number}` });
  });
  return {
    executions: count,
    endedRight: endedRight.length,
    bytesPerSuspendedExecution: Math.round(bytes),
    secondsToStart: seconds(started - from),
    secondsToAnswer: seconds(answered - answering),
  };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1_000;
}

/** The numbers below `count` in an order that is the same on every run. */
function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  let state = 1;
  for (let at = count - 1; at > 0; at--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const other = state % (at + 1);
    [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
  }
  return numbers;
}

/** Bytes in use once everything that nobody holds is gone. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
