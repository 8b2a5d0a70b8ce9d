import { FunctionError } from '../../../replay/engine/step-functions';
import { engine, type Functions, invoke, jsonata, run } from './run';

const boom = () => {
  throw new FunctionError('Boom', 'because');
};

/** Each event as `id previous type`. */
async function told(definition: object, input: unknown = {}, functions: Functions = {}): Promise<string[]> {
  const { events } = await run(definition, input, functions);
  return events.map(({ id, previousEventId, type }) => `${id} ${previousEventId} ${type}`);
}

const pass = { Type: 'Pass', End: true };
const undef = { Type: 'Pass', Output: { v: '{% $states.input.missing %}' }, End: true };
const branch = (state: object) => ({ StartAt: 'B', States: { B: state } });
const parallel = (state: object, more: object = {}) =>
  jsonata({ P: { Type: 'Parallel', Branches: [branch(state)], ...more, End: true } });
const map = (state: object, more: object = {}) =>
  jsonata({
    M: { Type: 'Map', Items: [1, 2], MaxConcurrency: 1, ItemProcessor: branch(state), ...more, End: true },
  });

test('the first state follows nothing', async () => {
  expect(await told(jsonata({ A: pass }))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 PassStateEntered',
    '3 2 PassStateExited',
    '4 3 ExecutionSucceeded',
  ]);
});

test('a Parallel goes on from the last event of its branches, past its own success', async () => {
  expect(await told(parallel(pass))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 ParallelStateEntered',
    '3 2 ParallelStateStarted',
    '4 3 PassStateEntered',
    '5 4 PassStateExited',
    '6 5 ParallelStateSucceeded',
    '7 5 ParallelStateExited',
    '8 7 ExecutionSucceeded',
  ]);
});

test('a Map of one after another: each iteration follows the states of the one before', async () => {
  expect(await told(map(pass))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 MapStateEntered',
    '3 2 MapStateStarted',
    '4 3 MapIterationStarted',
    '5 4 PassStateEntered',
    '6 5 PassStateExited',
    '7 6 MapIterationSucceeded',
    '8 6 MapIterationStarted',
    '9 8 PassStateEntered',
    '10 9 PassStateExited',
    '11 10 MapIterationSucceeded',
    '12 11 MapStateSucceeded',
    '13 11 MapStateExited',
    '14 13 ExecutionSucceeded',
  ]);
});

test('a Map over nothing', async () => {
  expect(await told(map(pass, { Items: [] }))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 MapStateEntered',
    '3 2 MapStateStarted',
    '4 3 MapStateSucceeded',
    '5 3 MapStateExited',
    '6 5 ExecutionSucceeded',
  ]);
});

test('an expression that fails before its state did anything follows what came before the state', async () => {
  expect(await told(jsonata({ A: { ...pass, End: undefined, Next: 'B' }, B: undef }))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 PassStateEntered',
    '3 2 PassStateExited',
    '4 3 PassStateEntered',
    '5 3 EvaluationFailed',
    '6 5 ExecutionFailed',
  ]);
});

test('an iteration that fails, and its Map', async () => {
  expect((await told(map(undef))).slice(4)).toEqual([
    '5 4 PassStateEntered',
    '6 4 EvaluationFailed',
    '7 6 MapIterationFailed',
    '8 6 MapStateFailed',
    '9 8 ExecutionFailed',
  ]);
});

test('a task that ends its branch is called off', async () => {
  const caught = parallel(invoke('f', { End: true }), { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'H' }] });
  const definition = { ...caught, States: { ...caught.States, H: pass } };
  expect((await told(definition, {}, { f: boom })).slice(3, 10)).toEqual([
    '4 3 TaskStateEntered',
    '5 4 TaskScheduled',
    '6 5 TaskStarted',
    '7 6 TaskFailed',
    '8 7 TaskStateAborted',
    '9 7 ParallelStateFailed',
    '10 9 ParallelStateExited',
  ]);
});

test('what runs beside a branch that fails is called off before its Parallel fails', async () => {
  const definition = jsonata({
    P: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1_000, End: true } } },
        { StartAt: 'S', States: { S: { Type: 'Wait', Seconds: 1, Next: 'F' }, F: { Type: 'Fail', Error: 'Boom' } } },
      ],
      End: true,
    },
  });
  expect((await told(definition)).slice(6)).toEqual([
    '7 6 FailStateEntered',
    '8 4 WaitStateAborted',
    '9 7 ParallelStateFailed',
    '10 9 ExecutionFailed',
  ]);
});

test('an error of the runtime in a branch ends all at once', async () => {
  const definition = {
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: [branch({ Type: 'Pass', Parameters: { 'x.$': '$.nope' }, End: true })],
        Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'H' }],
        End: true,
      },
      H: pass,
    },
  };
  expect((await told(definition)).slice(2)).toEqual([
    '3 2 ParallelStateStarted',
    '4 3 PassStateEntered',
    '5 4 ExecutionFailed',
  ]);
});

test('a Parallel that is tried again says that it failed only in the end', async () => {
  const retry = { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }] };
  expect((await told(parallel({ Type: 'Fail', Error: 'Boom' }, retry))).slice(2)).toEqual([
    '3 2 ParallelStateStarted',
    '4 3 FailStateEntered',
    '5 4 ParallelStateStarted',
    '6 5 FailStateEntered',
    '7 6 ParallelStateFailed',
    '8 7 ExecutionFailed',
  ]);
});

test('a handler whose own expression fails', async () => {
  const handler = {
    Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input.missing %}', Next: 'H' }],
  };
  const { States, ...machine } = parallel({ Type: 'Fail', Error: 'Boom' }, handler);
  expect((await told({ ...machine, States: { ...States, H: pass } })).slice(4)).toEqual([
    '5 4 ParallelStateFailed',
    '6 4 EvaluationFailed',
    '7 6 ParallelStateFailed',
    '8 7 ExecutionFailed',
  ]);
});

test('an evaluation that is tried again', async () => {
  const retry = { Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }] };
  const task = invoke('f', { ...retry, Arguments: '{% $missing %}', End: true });
  expect((await told(jsonata({ A: task }))).slice(1)).toEqual([
    '2 0 TaskStateEntered',
    '3 0 EvaluationFailed',
    '4 3 EvaluationFailed',
    '5 4 ExecutionFailed',
  ]);
});

test('a machine that runs out of time is told by an event that follows nothing, and by no error', async () => {
  const definition = { ...jsonata({ W: { Type: 'Wait', Seconds: 100, End: true } }), TimeoutSeconds: 60 };
  const { execution, events } = await run(definition);
  expect(events.at(-1)).toMatchObject({
    type: 'ExecutionTimedOut',
    previousEventId: 0,
    executionTimedOutEventDetails: { error: 'States.Timeout' },
  });
  expect(execution).not.toHaveProperty('error');
});

test('details of a task: limits, credentials, documents as text', async () => {
  const task = invoke('f', {
    TimeoutSeconds: 60,
    HeartbeatSeconds: 10,
    Credentials: { RoleArn: '{% $states.input.role %}' },
    Assign: { n: [1] },
    End: true,
  });
  const { events } = await run(jsonata({ A: task }), { role: 'arn:aws:iam::1:role/x' }, { f: () => 2 });
  expect(events[2]).toMatchObject({
    taskScheduledEventDetails: {
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'eu-central-1',
      timeoutInSeconds: 60,
      heartbeatInSeconds: 10,
      taskCredentials: { roleArn: 'arn:aws:iam::1:role/x' },
      parameters: '{"FunctionName":"f","Payload":{"role":"arn:aws:iam::1:role/x"}}',
    },
  });
  expect(events[5]).toMatchObject({
    stateExitedEventDetails: {
      name: 'A',
      output: '2',
      outputDetails: { truncated: false },
      assignedVariables: { n: '[1]' },
      assignedVariablesDetails: { truncated: false },
    },
  });
});

test('a history without data keeps all but the documents', () => {
  const { service } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: jsonata({ A: pass }) });
  const { executionArn } = service.startExecution({ stateMachineArn, input: '{"secret":1}' });
  const { events } = service.getExecutionHistory({ executionArn, includeExecutionData: false });
  expect(JSON.stringify(events)).not.toContain('secret');
  expect(events[1]).toMatchObject({ type: 'PassStateEntered', stateEnteredEventDetails: { name: 'A' } });
});

test('the same inputs give the same bytes', async () => {
  const definition = map({
    Type: 'Pass',
    Output: { id: '{% $uuid() %}', r: '{% $random() %}', at: '{% $now() %}' },
    End: true,
  });
  const once = async () => JSON.stringify((await run(definition, [1, 2, 3])).events);
  expect(await once()).toBe(await once());
});
