import { StateError } from '../../../replay/engine/errors';
import type { TaskCall } from '../../../replay/engine/integrations';
import { engine, jsonata } from './run';

const task = (resource: string, more: object = {}) =>
  jsonata({
    A: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments: { Key: 'k' }, ...more, End: true },
  });

async function dispatched(resource: string, callService: (call: TaskCall) => Promise<never> | Promise<object>) {
  const { service, scheduler } = engine({}, { callService: callService as never });
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: task(resource) });
  const { executionArn } = service.startExecution({ stateMachineArn });
  await scheduler.run();
  return service.describeExecution({ executionArn });
}

test.each([
  ['aws-sdk:s3:getObject', { resourceType: 'aws-sdk:s3', service: 's3', action: 'getObject', viaSdk: true }],
  ['dynamodb:putItem', { resourceType: 'dynamodb', service: 'dynamodb', action: 'putItem', viaSdk: false }],
  ['sqs:sendMessage', { resourceType: 'sqs', service: 'sqs', action: 'sendMessage', viaSdk: false }],
])('%s goes to the dispatcher', async (resource, known) => {
  const calls: TaskCall[] = [];
  const { output } = await dispatched(resource, async (call) => {
    calls.push(call);
    return { done: true };
  });
  expect(output).toBe('{"done":true}');
  expect(calls).toMatchObject([{ resource: known, arguments: { Key: 'k' }, state: 'A' }]);
});

test('what the dispatcher throws is the task’s error', async () => {
  const { error, cause } = await dispatched('aws-sdk:s3:getObject', async () => {
    throw new StateError('S3.NoSuchKeyException', 'The specified key does not exist.');
  });
  expect({ error, cause }).toEqual({ error: 'S3.NoSuchKeyException', cause: 'The specified key does not exist.' });
});

test('without a dispatcher a call ends the execution, whatever there is to catch it', async () => {
  const { service, scheduler } = engine();
  const definition = task('sns:publish', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] });
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: { ...definition, States: { ...definition.States, B: { Type: 'Succeed' } } },
  });
  const { executionArn } = service.startExecution({ stateMachineArn });
  await scheduler.run();
  expect(service.describeExecution({ executionArn })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: 'A calls arn:aws:states:::sns:publish, which nothing answers here',
  });
});

test('any integration can wait for a token', async () => {
  let call: TaskCall | undefined;
  const { service, scheduler } = engine(
    {},
    {
      callService: async (it) => {
        call = it;
        return { MessageId: 'm' };
      },
    },
  );
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: task('sqs:sendMessage.waitForTaskToken', {
      Arguments: { MessageBody: { token: '{% $states.context.Task.Token %}' } },
    }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn });
  await scheduler.run();
  const token = String(call?.taskToken);
  expect(call?.arguments).toEqual({ MessageBody: { token } });
  service.sendTaskSuccess({ taskToken: token, output: '{"answer":42}' });
  await scheduler.run();
  const { events } = service.getExecutionHistory({ executionArn });
  expect(events.map(({ type }) => type).slice(4, 7)).toEqual(['TaskSubmitted', 'TaskSucceeded', 'TaskStateExited']);
  expect(service.describeExecution({ executionArn }).output).toBe('{"answer":42}');
});

describe('this service through the AWS SDK', () => {
  test('starts another execution', async () => {
    const { service, scheduler } = engine();
    const inner = service.createStateMachine({
      name: 'inner',
      definition: jsonata({ A: { Type: 'Pass', End: true } }),
    });
    const outer = service.createStateMachine({
      name: 'outer',
      definition: task('aws-sdk:sfn:startExecution', {
        Arguments: { StateMachineArn: inner.stateMachineArn, Name: 'child', Input: '{"a":1}' },
      }),
    });
    const { executionArn } = service.startExecution({ stateMachineArn: outer.stateMachineArn });
    await scheduler.run();
    const { output } = service.describeExecution({ executionArn });
    const started = JSON.parse(output ?? '{}') as { ExecutionArn: string };
    expect(started).toEqual({ ExecutionArn: expect.stringContaining(':inner:child'), StartDate: expect.any(String) });
    expect(service.describeExecution({ executionArn: started.ExecutionArn }).input).toBe('{"a":1}');
  });

  test('fails by the name that the SDK gives', async () => {
    const { service, scheduler } = engine();
    const { stateMachineArn } = service.createStateMachine({
      name: 'm',
      definition: task('aws-sdk:sfn:sendTaskSuccess', { Arguments: { TaskToken: 'none', Output: '1' } }),
    });
    const { executionArn } = service.startExecution({ stateMachineArn });
    await scheduler.run();
    expect(service.describeExecution({ executionArn })).toMatchObject({
      error: 'Sfn.InvalidTokenException',
      cause: expect.stringContaining("Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400"),
    });
  });
});

test('a nested execution is stopped with the one that waits for it', async () => {
  const { service, scheduler } = engine();
  const inner = service.createStateMachine({
    name: 'inner',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 1_000, End: true } }),
  });
  const outer = service.createStateMachine({
    name: 'outer',
    definition: task('states:startExecution.sync', {
      Arguments: { StateMachineArn: inner.stateMachineArn, Name: 'child' },
      TimeoutSeconds: 10,
    }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn: outer.stateMachineArn });
  await scheduler.run();
  const child = inner.stateMachineArn.replace(':stateMachine:', ':execution:');
  expect(service.describeExecution({ executionArn: `${child}:child` })).toMatchObject({
    status: 'ABORTED',
    stopDate: new Date(10_000),
  });
  expect(service.describeExecution({ executionArn })).toMatchObject({ error: 'States.Timeout' });
});

test('a nested execution that is waited for can be ended by its token as well', async () => {
  const { service, scheduler } = engine();
  const inner = service.createStateMachine({
    name: 'inner',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 1_000, End: true } }),
  });
  const outer = service.createStateMachine({
    name: 'outer',
    definition: task('states:startExecution.sync', {
      Arguments: {
        StateMachineArn: inner.stateMachineArn,
        Name: 'child',
        Input: { token: '{% $states.context.Task.Token %}' },
      },
    }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn: outer.stateMachineArn });
  await scheduler.run({ until: () => true });
  const child = `${inner.stateMachineArn.replace(':stateMachine:', ':execution:')}:child`;
  const { token } = JSON.parse(service.describeExecution({ executionArn: child }).input) as { token: string };
  service.sendTaskSuccess({ taskToken: token, output: '"early"' });
  await scheduler.run({ until: () => true });
  expect(service.describeExecution({ executionArn }).output).toBe('"early"');
  expect(service.describeExecution({ executionArn: child }).status).toBe('ABORTED');
});

test('a nested execution of a machine that is not there', async () => {
  const { service, scheduler } = engine();
  const none = 'arn:aws:states:eu-central-1:111122223333:stateMachine:none';
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: task('states:startExecution', { Arguments: { StateMachineArn: none } }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn });
  await scheduler.run();
  expect(service.describeExecution({ executionArn })).toMatchObject({
    error: 'StepFunctions.StateMachineDoesNotExistException',
    cause: expect.stringContaining(`State Machine Does Not Exist: '${none}' (Service: AWSStepFunctions`),
  });
});
