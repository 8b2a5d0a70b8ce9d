import { FunctionError } from '../../../../replay/engine/step-functions';
import { invoke, run } from '../run';

const jsonpath = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });
const ended = (state: object) => jsonpath({ A: { ...state, End: true } });
const called = (more: object) => ended({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', ...more });

describe('what a state reads and answers', () => {
  test.each<[string, object, unknown, unknown]>([
    ['nothing said', { Type: 'Pass' }, { a: 1 }, { a: 1 }],
    ['InputPath', { Type: 'Pass', InputPath: '$.a' }, { a: 1 }, 1],
    ['InputPath null', { Type: 'Pass', InputPath: null }, { a: 1 }, {}],
    ['InputPath of the context object', { Type: 'Pass', InputPath: '$$.Execution.Name' }, {}, 'run'],
    ['OutputPath', { Type: 'Pass', OutputPath: '$.a' }, { a: 1 }, 1],
    ['OutputPath null', { Type: 'Pass', OutputPath: null }, { a: 1 }, {}],
    ['Result', { Type: 'Pass', Result: { 'x.$': '$.a' } }, { a: 1 }, { 'x.$': '$.a' }],
    ['ResultPath', { Type: 'Pass', Result: 2, ResultPath: '$.b.c' }, { a: 1 }, { a: 1, b: { c: 2 } }],
    ['ResultPath into a list', { Type: 'Pass', Result: 9, ResultPath: '$.l[1]' }, { l: [1, 2, 3] }, { l: [1, 9, 3] }],
    ['ResultPath null', { Type: 'Pass', Result: 2, ResultPath: null }, { a: 1 }, { a: 1 }],
    [
      'ResultPath puts into the whole input, whatever InputPath chose',
      { Type: 'Pass', InputPath: '$.a', ResultPath: '$.b' },
      { a: 1 },
      { a: 1, b: 1 },
    ],
    [
      'Parameters',
      { Type: 'Pass', Parameters: { a: [{ 'x.$': '$.y' }], 'all.$': '$', 'past the end.$': '$.l[9]', b: '$.y' } },
      { y: 1, l: [] },
      { a: [{ x: 1 }], all: { y: 1, l: [] }, 'past the end': null, b: '$.y' },
    ],
    ['Succeed', { Type: 'Succeed', InputPath: '$.a', OutputPath: '$.b' }, { a: { b: 1 } }, 1],
  ])('%s', async (_, { Type, ...more }: { Type?: string }, input, output) => {
    const state = Type === 'Succeed' ? { Type, ...more } : { Type, ...more, End: true };
    expect((await run(jsonpath({ A: state }), input)).output).toEqual(output);
  });

  test.each<[string, object, unknown, string, string]>([
    [
      'Parameters',
      { Type: 'Pass', Parameters: { 'x.$': '$.nope' } },
      { a: 1 },
      'States.Runtime',
      `The JSONPath '$.nope' specified for the field 'x.$' could not be found in the input '{"a":1}'`,
    ],
    [
      'InputPath',
      { Type: 'Pass', InputPath: '$.nope' },
      {},
      'States.Runtime',
      "Invalid path '$.nope' : No results for path: $['nope']",
    ],
    [
      'ResultPath',
      { Type: 'Pass', ResultPath: '$.a.b' },
      { a: 1 },
      'States.ResultPathMatchFailure',
      'Unable to apply ReferencePath $.a.b to input {"a":1}',
    ],
  ])('what %s cannot find', async (_, state, input, error, cause) => {
    expect((await run(ended(state), input)).execution).toMatchObject({
      error,
      cause: `An error occurred while executing the state 'A' (entered at the event id #2). ${cause}`,
    });
  });

  test('a task: parameters, then selector, result path and output path', async () => {
    const definition = called({
      InputPath: '$.in',
      Parameters: { FunctionName: 'f', 'Payload.$': '$' },
      ResultSelector: { 'doubled.$': '$.Payload', 'tries.$': '$$.State.RetryCount' },
      ResultPath: '$.out',
      OutputPath: '$.out',
    });
    const { output, calls } = await run(definition, { in: 21 }, { f: (payload: number) => 2 * payload });
    expect(output).toEqual({ doubled: 42, tries: 0 });
    expect(calls).toEqual([{ name: 'f', payload: 21, at: 0 }]);
  });

  test('a Catch puts the error where it says, and leaves the output path aside', async () => {
    const definition = jsonpath({
      A: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'f' },
        OutputPath: '$.Payload',
        Catch: [{ ErrorEquals: ['Boom'], ResultPath: '$.error', Assign: { 'why.$': '$.Error' }, Next: 'B' }],
        End: true,
      },
      B: { Type: 'Pass', Parameters: { 'in.$': '$', 'why.$': '$why' }, End: true },
    });
    const { output } = await run(
      definition,
      { a: 1 },
      {
        f: () => {
          throw new FunctionError('Boom', 'because');
        },
      },
    );
    expect(output).toMatchObject({ in: { a: 1, error: { Error: 'Boom' } }, why: 'Boom' });
  });
});

describe('variables', () => {
  test('are set from the result, read by name, and end with their branch', async () => {
    const definition = jsonpath({
      A: { Type: 'Pass', Result: { n: 1 }, Assign: { 'n.$': '$.n', text: 'x' }, Next: 'P' },
      P: {
        Type: 'Parallel',
        Branches: [
          jsonpath({
            B: { Type: 'Pass', Assign: { 'n.$': 'States.MathAdd($n, 10)' }, Next: 'C' },
            C: { Type: 'Pass', Parameters: { 'n.$': '$n' }, End: true },
          }),
        ],
        Next: 'D',
      },
      D: { Type: 'Pass', Parameters: { 'branch.$': '$[0].n', 'outer.$': '$n', 'text.$': '$text' }, End: true },
    });
    expect((await run(definition)).output).toEqual({ branch: 11, outer: 1, text: 'x' });
  });
});

describe('both languages in one definition', () => {
  test('variables and values go from one to the other', async () => {
    const definition = jsonpath({
      A: { Type: 'Pass', Parameters: { 'n.$': '$.n' }, Assign: { 'seen.$': '$.n' }, Next: 'B' },
      B: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Output: { sum: '{% $states.input.n + $seen %}' },
        Assign: { seen: '{% $seen + 1 %}' },
        Next: 'C',
      },
      C: { Type: 'Pass', Parameters: { 'sum.$': '$.sum', 'seen.$': '$seen' }, End: true },
    });
    expect((await run(definition, { n: 2 })).output).toEqual({ sum: 4, seen: 3 });
  });
});

describe('time', () => {
  test.each<[object, unknown, number]>([
    [{ Seconds: 5 }, {}, 5],
    [{ SecondsPath: '$.s' }, { s: 7 }, 7],
    [{ Timestamp: '1970-01-01T00:01:00Z' }, {}, 60],
    [{ TimestampPath: '$.t' }, { t: '1970-01-01T01:01:00+01:00' }, 60],
  ])('a Wait by %j', async (wait, input, seconds) => {
    expect((await run(ended({ Type: 'Wait', ...wait }), input)).seconds).toBe(seconds);
  });

  test.each<[object, unknown, string]>([
    [{ SecondsPath: '$.s' }, {}, 'The SecondsPath parameter does not reference an input value: $.s'],
    [{ SecondsPath: '$.s' }, { s: -1 }, 'The SecondsPath parameter references a negative value: $.s == -1'],
    [{ SecondsPath: '$.s' }, { s: 1.5 }, 'The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5'],
    [
      { TimestampPath: '$.t' },
      { t: '2016-13-05T21:29:29Z' },
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == 2016-13-05T21:29:29Z',
    ],
    [{ TimestampPath: '$.t' }, { t: '2086-01-01T00:00:00Z' }, 'Wait state delay is too long.'],
  ])('a Wait by %j of %j', async (wait, input, cause) => {
    expect((await run(ended({ Type: 'Wait', ...wait }), input)).execution).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'A' (entered at the event id #2). ${cause}`,
    });
  });

  test('a task that never answers is ended by its limit, from a path', async () => {
    const definition = called({ Parameters: { FunctionName: 'f' }, TimeoutSecondsPath: '$.limit' });
    const { execution, seconds } = await run(definition, { limit: 30 }, { f: () => new Promise(() => {}) });
    expect({ ...execution, seconds }).toMatchObject({ error: 'States.Timeout', seconds: 30 });
  });
});

describe('Map', () => {
  const over = (map: object) => ({
    Type: 'Map',
    ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
    ...map,
  });

  test.each<[string, object, unknown, unknown]>([
    ['its input', over({}), [1, 2], [1, 2]],
    ['ItemsPath', over({ ItemsPath: '$.list' }), { list: [1] }, [1]],
    [
      'ItemSelector, with the item from the context object',
      over({
        ItemsPath: '$.list',
        ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value.x', 'all.$': '$.of' },
      }),
      { list: [{ x: 1 }], of: 2 },
      [{ i: 0, v: 1, all: 2 }],
    ],
    ['Parameters, as it was', over({ Parameters: { 'v.$': '$$.Map.Item.Value' } }), [1], [{ v: 1 }]],
    ['an Iterator, as it was', { ...over({}), ItemProcessor: undefined, Iterator: over({}).ItemProcessor }, [1], [1]],
    [
      'ResultSelector and ResultPath',
      over({ ItemsPath: '$.l', ResultSelector: { 'n.$': '$[0]' }, ResultPath: '$.r' }),
      { l: [1] },
      { l: [1], r: { n: 1 } },
    ],
  ])('over %s', async (_, state, input, output) => {
    expect((await run(ended(JSON.parse(JSON.stringify(state))), input)).output).toEqual(output);
  });

  test('of what is no list', async () => {
    expect((await run(ended(over({ ItemsPath: '$.list' })), { list: 1 })).execution).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('Reference path "$.list" must point to array.'),
    });
  });
});

describe('Fail', () => {
  test.each<[object, unknown, object]>([
    [{ Error: 'E', Cause: 'C' }, {}, { error: 'E', cause: 'C' }],
    [
      { ErrorPath: '$.e', CausePath: "States.Format('of {}', $.c)" },
      { e: 'E', c: 1 },
      { error: 'E', cause: 'of 1' },
    ],
  ])('%j', async (fail, input, told) => {
    expect((await run(jsonpath({ F: { Type: 'Fail', ...fail } }), input)).execution).toMatchObject(told);
  });
});

test('a function by its ARN is given the input itself', async () => {
  const definition = ended({ Type: 'Task', Resource: 'arn:aws:lambda:eu-central-1:111122223333:function:f' });
  const { calls, events } = await run(definition, { a: 1 }, {});
  expect(calls[0]?.payload).toEqual({ a: 1 });
  expect(events.map(({ type }) => type)).toContain('LambdaFunctionSucceeded');
});

test('a JSONata task in a JSONPath machine keeps its own fields', async () => {
  const definition = jsonpath({ A: { ...invoke('f'), QueryLanguage: 'JSONata', End: true } });
  expect((await run(definition, 1, { f: () => 'done' })).output).toBe('done');
});
