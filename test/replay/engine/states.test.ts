import { FunctionError } from '../../../replay/engine/step-functions';
import { engine, invoke, jsonata, run } from './run';

const fail = (name: string) => () => {
  throw new FunctionError(name, 'because');
};

describe('JSONata', () => {
  test.each<[string, string, unknown, unknown]>([
    ['input', '{% $states.input.a %}', { a: [1] }, [1]],
    ['context', '{% $states.context.Execution.Name %}', {}, 'run'],
    ['$partition', '{% $partition([1, 2, 3], 2) %}', {}, [[1, 2], [3]]],
    ['$range', '{% $range(1, 9, 2) %}', {}, [1, 3, 5, 7, 9]],
    ['$range of one', '{% $range(1, 9, 9) %}', {}, 1],
    ['$hash', "{% $hash('a', 'SHA-256') %}", {}, 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['$parse', '{% $parse(\'{"a": 1}\').a %}', {}, 1],
    ['$random with a seed', '{% $random(7) = $random(7) %}', {}, true],
    ['$uuid', '{% $length($uuid()) %}', {}, 36],
    ['a name that maps over a list', '{% $states.input.list.x %}', { list: [{ x: 1 }, { x: 2 }] }, [1, 2]],
  ])('%s', async (_, expression, input, output) => {
    expect((await run(jsonata({ A: { Type: 'Pass', Output: expression, End: true } }), input)).output).toEqual(output);
  });

  test('an expression that answers nothing fails the execution, with an event of its own', async () => {
    const { execution, events } = await run(
      jsonata({ A: { Type: 'Pass', Output: { x: '{% $missing %}' }, End: true } }),
    );
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(events.at(-2)).toMatchObject({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: {
        location: 'Output/x',
        state: 'A',
        cause:
          "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$missing' specified for the field 'Output/x' returned nothing (undefined).",
      },
    });
  });

  test.each([
    ['a function', '{% function($x) { $x } %}'],
    ['a function in a document', "{% {'f': $uppercase} %}"],
    ['a number that is none', '{% 1 / 0 %}'],
  ])('%s is no answer', async (_, expression) => {
    const { execution } = await run(jsonata({ A: { Type: 'Pass', Output: expression, End: true } }));
    expect(execution.cause).toContain('returned an unsupported result type.');
  });

  test('the time is the engine’s', async () => {
    const { output } = await run(
      jsonata({
        W: { Type: 'Wait', Seconds: 60, Next: 'A' },
        A: { Type: 'Pass', Output: ['{% $now() %}', "{% $now('[Y]') %}", '{% $millis() %}'], End: true },
      }),
    );
    expect(output).toEqual(['1970-01-01T00:01:00.000Z', '1970', 60_000]);
  });

  test('a list that an expression made is a list like any other when it is read again', async () => {
    const { output } = await run(
      jsonata({
        A: { Type: 'Pass', Output: { one: '{% $states.input.list[x > 1].[x] %}' }, Next: 'B' },
        B: { Type: 'Pass', Output: '{% $states.input.one %}', End: true },
      }),
      { list: [{ x: 1 }, { x: 2 }] },
    );
    expect(output).toEqual([2]);
  });

  test('Output and Assign both see the variables as they were', async () => {
    const machine = jsonata({
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', Next: 'C' },
      C: { Type: 'Pass', Output: { was: '{% $states.input %}', is: '{% $n %}' }, End: true },
    });
    expect((await run(machine)).output).toEqual({ was: 1, is: 2 });
  });

  test('a branch reads the variables around it, and what it sets ends with it', async () => {
    const machine = jsonata({
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'P' },
      P: {
        Type: 'Parallel',
        Branches: [
          jsonata({
            B: { Type: 'Pass', Assign: { n: '{% $n + 10 %}' }, Next: 'C' },
            C: { Type: 'Pass', Output: '{% $n %}', End: true },
          }),
        ].map(({ QueryLanguage: _, ...branch }) => branch),
        Next: 'D',
      },
      D: { Type: 'Pass', Output: { branch: '{% $states.input %}', outer: '{% $n %}' }, End: true },
    });
    expect((await run(machine)).output).toEqual({ branch: [11], outer: 1 });
  });
});

test.each([
  [1, { by: 'the rule' }, 1],
  [2, { n: 2 }, null],
  [3, { by: 'default' }, 3],
])('a Choice’s own Output and Assign are for its default alone: %d', async (n, output, set) => {
  const definition = jsonata({
    A: { Type: 'Pass', Assign: { set: null }, Next: 'C' },
    C: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n = 1 %}', Output: { by: 'the rule' }, Assign: { set: 1 }, Next: 'D' },
        { Condition: '{% $states.input.n = 2 %}', Next: 'D' },
      ],
      Output: { by: 'default' },
      Assign: { set: 3 },
      Default: 'D',
    },
    D: { Type: 'Pass', Output: { output: '{% $states.input %}', set: '{% $set %}' }, End: true },
  });
  expect((await run(definition, { n })).output).toEqual({ output, set });
});

describe('Retry and Catch', () => {
  test('retries on the virtual clock, with exact delays up to the longest', async () => {
    const retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 10 }];
    const { execution, calls } = await run(
      jsonata({ A: invoke('f', { Retry: retry, End: true }) }),
      {},
      { f: fail('Busy') },
    );
    expect(calls.map(({ at }) => at)).toEqual([0, 2, 8, 18]);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Busy' });
  });

  test('full jitter is drawn from the injected source', async () => {
    const retry = [
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 1, JitterStrategy: 'FULL' },
    ];
    const { calls } = await run(jsonata({ A: invoke('f', { Retry: retry, End: true }) }), {}, { f: fail('Busy') });
    expect(calls.map(({ at }) => at)).toEqual([0, 5]);
  });

  test('the first Catch that names the error is taken, after the retries', async () => {
    const machine = jsonata({
      A: invoke('f', {
        Catch: [
          { ErrorEquals: ['Other'], Next: 'Wrong' },
          {
            ErrorEquals: ['Boom'],
            Assign: { why: '{% $states.errorOutput.Error %}' },
            Output: '{% $states.input.x %}',
            Next: 'Right',
          },
          { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
        ],
        End: true,
      }),
      Right: { Type: 'Pass', Output: { x: '{% $states.input %}', why: '{% $why %}' }, End: true },
      Wrong: { Type: 'Fail' },
    });
    expect((await run(machine, { x: 1 }, { f: fail('Boom') })).output).toEqual({ x: 1, why: 'Boom' });
  });

  test('a Catch without an Output answers the error, whatever its state would have answered', async () => {
    const machine = jsonata({
      A: invoke('f', {
        Assign: { set: '{% $states.result.Payload %}' },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }],
        End: true,
      }),
      B: { Type: 'Pass', End: true },
    });
    const { output } = await run(machine, {}, { f: fail('Boom') });
    expect(output).toMatchObject({ Error: 'Boom' });
  });
});

describe('time limits', () => {
  test('a task that never answers is ended by its limit, from an expression', async () => {
    const machine = jsonata({ A: invoke('f', { TimeoutSeconds: '{% $states.input.limit %}', End: true }) });
    const { execution, seconds } = await run(machine, { limit: 14_400 }, { f: () => new Promise(() => {}) });
    expect({ seconds, ...execution }).toMatchObject({ seconds: 14_400, status: 'FAILED', error: 'States.Timeout' });
  });

  test('the machine has a limit of its own', async () => {
    const machine = { ...jsonata({ A: { Type: 'Wait', Seconds: 100, End: true } }), TimeoutSeconds: 60 };
    const { execution, seconds } = await run(machine);
    expect({ seconds, status: execution.status }).toEqual({ seconds: 60, status: 'TIMED_OUT' });
  });

  test('a Wait until a moment', async () => {
    const machine = jsonata({ A: { Type: 'Wait', Timestamp: '1970-01-02T00:00:00Z', End: true } });
    expect((await run(machine)).seconds).toBe(86_400);
  });
});

describe('task tokens', () => {
  const ask = jsonata({
    A: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 100,
      HeartbeatSeconds: 30,
      End: true,
    },
  });

  async function asked() {
    let token = '';
    const made = engine({
      ask: ({ token: given }: { token: string }) => {
        token = given;
        return null;
      },
    });
    const { stateMachineArn } = made.service.createStateMachine({ name: 'm', definition: ask });
    const { executionArn } = made.service.startExecution({ stateMachineArn, name: 'run' });
    await made.scheduler.run({ until: () => token !== '' });
    return { ...made, token, executionArn };
  }

  test('a success answers once; the second answer is refused', async () => {
    const { service, scheduler, token, executionArn } = await asked();
    service.sendTaskSuccess({ taskToken: token, output: '{"verdict":"approved"}' });
    await scheduler.run();
    expect(service.describeExecution({ executionArn })).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"verdict":"approved"}',
    });
    expect(() => service.sendTaskSuccess({ taskToken: token, output: '1' })).toThrow(
      expect.objectContaining({ name: 'TaskTimedOut' }),
    );
  });

  test('a failure fails the task by its error', async () => {
    const { service, scheduler, token, executionArn } = await asked();
    service.sendTaskFailure({ taskToken: token, error: 'No', cause: 'never' });
    await scheduler.run();
    expect(service.describeExecution({ executionArn })).toMatchObject({
      status: 'FAILED',
      error: 'No',
      cause: 'never',
    });
  });

  test('a heartbeat that is missed ends it, renewed ones put that off until the time limit', async () => {
    const { service, scheduler, token, executionArn } = await asked();
    for (const second of [20, 40, 60, 80])
      scheduler.at(second * 1_000, () => service.sendTaskHeartbeat({ taskToken: token }));
    await scheduler.run();
    expect(service.describeExecution({ executionArn })).toMatchObject({
      error: 'States.Timeout',
      stopDate: new Date(100_000),
    });

    const silent = await asked();
    await silent.scheduler.run();
    expect(silent.service.describeExecution({ executionArn: silent.executionArn }).stopDate).toEqual(new Date(30_000));
  });

  test('an answer that comes too late, and a token that was never given', async () => {
    const { service, scheduler, token } = await asked();
    await scheduler.run();
    expect(() => service.sendTaskHeartbeat({ taskToken: token })).toThrow(
      expect.objectContaining({ name: 'TaskTimedOut' }),
    );
    expect(() => service.sendTaskSuccess({ taskToken: 'made up', output: '1' })).toThrow(
      expect.objectContaining({ name: 'InvalidToken' }),
    );
  });
});

describe('Map and Parallel', () => {
  test('a Map keeps the order of its items and to its concurrency', async () => {
    const machine = jsonata({
      M: {
        Type: 'Map',
        Items: '{% $states.input %}',
        ItemSelector: { index: '{% $states.context.Map.Item.Index %}', value: '{% $states.context.Map.Item.Value %}' },
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'W',
          States: { W: { Type: 'Wait', Seconds: '{% $states.input.value %}', End: true } },
        },
        Output: '{% $states.result.value %}',
        End: true,
      },
    });
    const { output, seconds } = await run(machine, [3, 1, 2, 1]);
    expect({ output, seconds }).toEqual({ output: [3, 1, 2, 1], seconds: 4 });
  });

  test('a branch that fails ends the others', async () => {
    const machine = jsonata({
      P: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1_000, End: true } } },
          { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Boom', Cause: 'of itself' } } },
        ],
        End: true,
      },
    });
    const { execution, seconds } = await run(machine);
    expect({ ...execution, seconds }).toMatchObject({
      status: 'FAILED',
      error: 'Boom',
      cause: 'of itself',
      seconds: 0,
    });
  });
});

describe('nested executions', () => {
  test.each([
    ['', false],
    ['.sync', '[7]'],
    ['.sync:2', [7]],
  ])('startExecution%s', async (pattern, output) => {
    const { service, scheduler } = engine();
    const inner = service.createStateMachine({
      name: 'inner',
      definition: jsonata({ W: { Type: 'Wait', Seconds: 5, Output: [7], End: true } }),
    });
    const outer = service.createStateMachine({
      name: 'outer',
      definition: jsonata({
        A: {
          Type: 'Task',
          Resource: `arn:aws:states:::states:startExecution${pattern}`,
          Arguments: { StateMachineArn: inner.stateMachineArn, Input: {} },
          Output: '{% $exists($states.result.Output) ? $states.result.Output : false %}',
          End: true,
        },
      }),
    });
    const { executionArn } = service.startExecution({ stateMachineArn: outer.stateMachineArn });
    await scheduler.run();
    const ended = service.describeExecution({ executionArn });
    expect(JSON.parse(ended.output ?? 'null')).toEqual(output);
    expect(ended.stopDate).toEqual(new Date(pattern === '' ? 0 : 5_000));
  });

  test('one that fails fails its caller', async () => {
    const { service, scheduler } = engine();
    const inner = service.createStateMachine({
      name: 'inner',
      definition: jsonata({ F: { Type: 'Fail', Error: 'Inner' } }),
    });
    const outer = service.createStateMachine({
      name: 'outer',
      definition: jsonata({
        A: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: { StateMachineArn: inner.stateMachineArn },
          End: true,
        },
      }),
    });
    const { executionArn } = service.startExecution({ stateMachineArn: outer.stateMachineArn });
    await scheduler.run();
    const { error, cause } = service.describeExecution({ executionArn });
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause ?? '{}')).toMatchObject({ Error: 'Inner', Status: 'FAILED' });
  });
});
