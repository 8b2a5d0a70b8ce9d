import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asl } from '../../../replay/cli/asl';

async function play(
  ...cases: object[]
): Promise<{ types: string[][]; last: Record<string, unknown>[]; warned: string[] }> {
  const file = join(mkdtempSync(join(tmpdir(), 'asl-')), 'cases.jsonl');
  writeFileSync(file, cases.map((it) => JSON.stringify(it)).join('\n'));
  const lines: { history: Record<string, unknown>[] }[] = [];
  const warned: string[] = [];
  await asl(
    file,
    (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
    (line) => warned.push(line),
  );
  return {
    types: lines.map(({ history }) => history.map(({ type }) => String(type))),
    last: lines.map(({ history }) => history.at(-1) ?? {}),
    warned,
  };
}

const task = (more: object) => ({
  StartAt: 'T',
  States: { T: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', ...more, End: true } },
});

test('the answers of a state come in order, and the last goes on answering', async () => {
  const definition = task({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: 2 }] });
  const tasks = { T: [{ error: 'E', cause: 'c' }, { output: { ok: true } }] };
  const { types, last } = await play({ id: 'a', definition, input: {}, tasks });
  expect(types[0]?.filter((type) => type.startsWith('Task'))).toEqual([
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskFailed',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
  ]);
  expect(last[0]).toMatchObject({ executionSucceededEventDetails: { output: '{"ok":true}' } });
});

test('a task that never answered is ended by its limit, on the virtual clock', async () => {
  const definition = task({
    Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    TimeoutSeconds: 600,
    HeartbeatSeconds: 5,
  });
  const { types } = await play({ id: 'a', definition, input: {}, tasks: { T: [{ submitted: {}, never: true }] } });
  expect(types[0]?.slice(-3)).toEqual(['TaskSubmitted', 'TaskTimedOut', 'ExecutionFailed']);
});

test('a definition that is refused still has its line, and is no success', async () => {
  const refused = { StartAt: 'A', States: { A: { Type: 'Loop' } } };
  const { last, warned } = await play(
    { id: 'a', definition: refused, input: {} },
    { id: 'b', definition: { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, input: 1 },
  );
  expect(last).toMatchObject([
    {
      type: 'ExecutionFailed',
      executionFailedEventDetails: {
        error: 'Engine.DefinitionRefused',
        cause: expect.stringContaining('States.A.Type'),
      },
    },
    { type: 'ExecutionSucceeded' },
  ]);
  expect(warned).toHaveLength(1);
});

test('what a case does not tell fails, whatever its machine would catch', async () => {
  const definition = {
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }],
        Next: 'S',
      },
      S: { Type: 'Succeed' },
    },
  };
  const { last } = await play({ id: 'a', definition, input: {}, tasks: {} });
  expect(last[0]).toMatchObject({
    type: 'ExecutionFailed',
    executionFailedEventDetails: { cause: 'the case does not say what T answered' },
  });
});

test('a function that is named by what deployed it is a function', async () => {
  const { types } = await play({
    id: 'a',
    definition: task({ Resource: 'deployed().FunctionArn' }),
    input: {},
    tasks: { T: [{ output: 1 }] },
  });
  expect(types[0]).toContain('LambdaFunctionSucceeded');
});

test.each([
  ['{', 'not JSON'],
  ['{"id":"a"}', 'definition'],
])('a line that is no case is bad input: %s', async (line, reason) => {
  const file = join(mkdtempSync(join(tmpdir(), 'asl-')), 'cases.jsonl');
  writeFileSync(file, `${line}\n`);
  await expect(
    asl(
      file,
      () => {},
      () => {},
    ),
  ).rejects.toThrow(reason);
});
