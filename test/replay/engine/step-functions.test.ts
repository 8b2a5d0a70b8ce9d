import { GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mountStepFunctions } from '../../../replay/engine/mount';
import { engine, jsonata } from './run';

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
