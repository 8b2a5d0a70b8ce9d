import { engine, invoke, jsonata, run } from './run';

test('a state’s output of more than 256 KiB, which States.ALL does catch', async () => {
  const definition = jsonata({
    A: invoke('f', {
      Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Error %}', Next: 'B' }],
      End: true,
    }),
    B: { Type: 'Pass', End: true },
  });
  const large = { f: () => 'x'.repeat(262_144) };
  expect((await run(definition, {}, large)).output).toBe('States.DataLimitExceeded');
});

test('a function’s result of more than 256 KiB fails its task', async () => {
  const arn = 'arn:aws:lambda:eu-central-1:111122223333:function:f';
  const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: arn, End: true } } };
  const { events } = await run(definition, {}, { [arn]: () => 'x'.repeat(262_144) });
  expect(events[4]).toMatchObject({
    type: 'LambdaFunctionFailed',
    lambdaFunctionFailedEventDetails: {
      error: 'States.DataLimitExceeded',
      cause: `The state/task '${arn}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    },
  });
});

test.each([
  ['just as large', 262_142, 'SUCCEEDED'],
  ['a byte larger', 262_143, 'FAILED'],
])('an output that is %s as the limit', async (_, characters, status) => {
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', Result: 'x'.repeat(characters), End: true } } };
  expect((await run(definition)).execution.status).toBe(status);
});

test('the 25,000th event is the one that ends the execution, and nothing catches it', async () => {
  const loop = {
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'A',
            States: {
              A: { Type: 'Pass', Next: 'B' },
              B: { Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'C' }], Default: 'A' },
              C: { Type: 'Succeed' },
            },
          },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'D' }],
        End: true,
      },
      D: { Type: 'Succeed' },
    },
  };
  const { service, scheduler } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: loop });
  const { executionArn } = service.startExecution({ stateMachineArn });
  await scheduler.run();
  const { events } = service.getExecutionHistory({ executionArn, reverseOrder: true, maxResults: 1 });
  expect(events[0]).toMatchObject({
    id: 25_000,
    type: 'ExecutionFailed',
    executionFailedEventDetails: {
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    },
  });
});

test('ten thousand executions that wait for their tokens are answered in any order', async () => {
  const tokens: string[] = [];
  const { service, scheduler } = engine({
    ask: ({ n, token }: { n: number; token: string }) => {
      tokens[n] = token;
      return null;
    },
  });
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: jsonata({
      A: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: 'ask',
          Payload: { n: '{% $states.input %}', token: '{% $states.context.Task.Token %}' },
        },
        End: true,
      },
    }),
  });
  const count = 10_000;
  const arns = Array.from({ length: count }, (_, n) => service.startExecution({ stateMachineArn, input: String(n) }));
  await scheduler.run();
  for (let n = 0; n < count; n++) {
    // 7,919 has no divisor in common with the count: every number comes once.
    const other = (n * 7_919) % count;
    service.sendTaskSuccess({ taskToken: tokens[other] ?? '', output: String(other) });
  }
  await scheduler.run();
  expect(arns.every(({ executionArn }, n) => service.describeExecution({ executionArn }).output === String(n))).toBe(
    true,
  );
}, 60_000);

test('of a Map without a limit forty iterations run at a time', async () => {
  const definition = jsonata({
    M: {
      Type: 'Map',
      Items: Array.from({ length: 41 }, (_, n) => n),
      ItemProcessor: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } },
      End: true,
    },
  });
  expect((await run(definition)).seconds).toBe(2);
});
