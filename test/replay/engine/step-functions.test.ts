import {
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mountStepFunctions } from '../../../replay/engine/mount';
import type { StepFunctions } from '../../../replay/engine/step-functions';
import { engine, jsonata } from './run';

const arn = 'arn:aws:states:eu-central-1:111122223333:execution:m';
const pass = jsonata({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', End: true } });

test('names: the same name with the same input is the same execution while it runs, and refused afterwards', async () => {
  const { service, scheduler } = engine();
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 10, End: true } }),
  });
  const first = service.startExecution({ stateMachineArn, name: 'event-1', input: '{"a":1}' });
  expect(service.startExecution({ stateMachineArn, name: 'event-1', input: '{"a":1}' })).toEqual(first);
  const again = (input: string) => () => service.startExecution({ stateMachineArn, name: 'event-1', input });
  expect(again('{"a":2}')).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
  await scheduler.run();
  expect(again('{"a":1}')).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
});

test.each([
  [{ name: 'a b' }, 'InvalidName'],
  [{ name: 'x'.repeat(81) }, 'InvalidName'],
  [{ input: '{' }, 'InvalidExecutionInput'],
  [{ stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:none' }, 'StateMachineDoesNotExist'],
])('%j is refused: %s', (given, name) => {
  const { service } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: pass });
  expect(() => service.startExecution({ stateMachineArn, ...given })).toThrow(expect.objectContaining({ name }));
});

test('history comes in pages, either way round, under the real client', async () => {
  const { service, scheduler } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: pass });
  const client = new SFNClient({ region: 'eu-central-1' });
  mountStepFunctions(client, service);
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  await scheduler.run();
  const read = async (reverseOrder: boolean) => {
    const ids: (number | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 2, reverseOrder, nextToken }),
      );
      expect(page.events?.length).toBeLessThanOrEqual(2);
      ids.push(...(page.events ?? []).map(({ id }) => id));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return ids;
  };
  expect(await read(false)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await read(true)).toEqual([6, 5, 4, 3, 2, 1]);
});

test('an execution that is stopped is aborted, and what it waited for is called off', async () => {
  const { service, scheduler } = engine();
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 1_000, End: true } }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn });
  scheduler.at(5_000, () => service.stopExecution({ executionArn, error: 'Enough', cause: 'of it' }));
  await scheduler.run();
  expect(service.describeExecution({ executionArn })).toMatchObject({
    status: 'ABORTED',
    error: 'Enough',
    cause: 'of it',
  });
  expect(scheduler.now()).toBe(5_000);
});

test('executions are listed newest first, by status and in pages, under the real client', async () => {
  const { service, scheduler } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: pass });
  const waiting = service.createStateMachine({
    name: 'w',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 10, End: true } }),
  });
  for (const name of ['a', 'b', 'c']) service.startExecution({ stateMachineArn, name });
  service.startExecution({ stateMachineArn: waiting.stateMachineArn, name: 'd' });
  await scheduler.run({ until: () => true });
  const client = new SFNClient({ region: 'eu-central-1' });
  mountStepFunctions(client, service);
  const first = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }));
  expect(first.executions?.map(({ name }) => name)).toEqual(['c', 'b']);
  const second = await client.send(new ListExecutionsCommand({ stateMachineArn, nextToken: first.nextToken }));
  expect(second.executions?.map(({ name }) => name)).toEqual(['a']);
  const running = await client.send(
    new ListExecutionsCommand({ stateMachineArn: waiting.stateMachineArn, statusFilter: 'RUNNING' }),
  );
  expect(running.executions).toMatchObject([{ name: 'd', status: 'RUNNING' }]);
});

test('the machine of an execution is described as it was created', async () => {
  const { service } = engine();
  const { stateMachineArn } = service.createStateMachine({ name: 'm', definition: pass });
  const { executionArn } = service.startExecution({ stateMachineArn });
  expect(service.describeStateMachineForExecution({ executionArn })).toEqual({
    stateMachineArn,
    name: 'm',
    definition: JSON.stringify(pass),
    roleArn: 'arn:aws:iam::111122223333:role/m',
    updateDate: new Date(0),
  });
});

test.each<[string, (service: StepFunctions) => unknown, string]>([
  [
    'an execution that is not there',
    (it) => it.describeExecution({ executionArn: `${arn}:x` }),
    'ExecutionDoesNotExist',
  ],
  ['an ARN that is none', (it) => it.getExecutionHistory({ executionArn: 'x' }), 'InvalidArn'],
  ['a page that nobody offered', (it) => it.listExecutions({ nextToken: 'x' }), 'InvalidToken'],
  ['an output that is not JSON', (it) => it.sendTaskSuccess({ taskToken: 't', output: '{' }), 'InvalidOutput'],
  [
    'an error’s name that is too long',
    (it) => it.sendTaskFailure({ taskToken: 't', error: 'x'.repeat(257) }),
    'ValidationException',
  ],
  [
    'a cause that is too long',
    (it) => it.sendTaskFailure({ taskToken: 't', cause: 'x'.repeat(32_769) }),
    'ValidationException',
  ],
  ['a token that was never given', (it) => it.sendTaskHeartbeat({ taskToken: 't' }), 'InvalidToken'],
])('%s is refused', (_, call, name) => {
  expect(() => call(engine().service)).toThrow(expect.objectContaining({ name }));
});

test('a page that is larger than the service’s is refused under the real client', async () => {
  const client = new SFNClient({ region: 'eu-central-1' });
  mountStepFunctions(client, engine().service);
  await expect(client.send(new ListExecutionsCommand({ maxResults: 1_001 }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('a command that the engine does not have is refused under the real client', async () => {
  const client = new SFNClient({ region: 'eu-central-1' });
  mountStepFunctions(client, engine().service);
  await expect(client.send(new ListActivitiesCommand({}))).rejects.toThrow('ListActivitiesCommand is not done');
});

test('whoever watches is told once of each start and each end', async () => {
  const told: string[] = [];
  const { service, scheduler } = engine(
    {},
    {
      onStart: ({ name, status }) => told.push(`${name} ${status}`),
      onStatusChange: ({ name, status }) => told.push(`${name} ${status}`),
    },
  );
  const { stateMachineArn } = service.createStateMachine({
    name: 'm',
    definition: jsonata({ W: { Type: 'Wait', Seconds: 10, End: true } }),
  });
  const { executionArn } = service.startExecution({ stateMachineArn, name: 'a' });
  service.startExecution({ stateMachineArn, name: 'b' });
  service.stopExecution({ executionArn });
  await scheduler.run();
  expect(told).toEqual(['a RUNNING', 'b RUNNING', 'a ABORTED', 'b SUCCEEDED']);
});
