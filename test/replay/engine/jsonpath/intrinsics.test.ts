import type { Json } from '../../../../replay/engine/json';
import { run } from '../run';

const evaluate = async (call: string, input: Json) => {
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', Parameters: { 'v.$': call }, End: true } } };
  const { execution, output } = await run(definition, input);
  return { ...execution, value: (output as { v?: unknown } | undefined)?.v };
};

test.each<[string, Json, Json]>([
  ['States.Array()', {}, []],
  ["States.Array($.a, 'b', 1, true, null, States.Array())", { a: { x: 1 } }, [{ x: 1 }, 'b', 1, true, null, []]],
  ['States.ArrayPartition($.a, 2)', { a: [1, 2, 3] }, [[1, 2], [3]]],
  ['States.ArrayContains($.a, $.b)', { a: [{ x: [1] }], b: { x: [1] } }, true],
  ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
  ['States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]],
  ['States.ArrayRange(3, 1, 1)', {}, []],
  ['States.ArrayGetItem($.a, 1)', { a: [1, 2] }, 2],
  ['States.ArrayLength($.a)', { a: [1, 2] }, 2],
  ['States.ArrayUnique($.a)', { a: [1, 1, { x: 1 }, { x: 1 }, '1', null, null] }, [1, { x: 1 }, '1', null]],
  ["States.Base64Encode('é')", {}, 'w6k='],
  ["States.Base64Decode('w6k=')", {}, 'é'],
  ["States.Hash('input data', 'SHA-1')", {}, 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
  ['States.JsonMerge($.a, $.b, false)', { a: { x: { y: 1 } }, b: { x: { z: 2 } } }, { x: { z: 2 } }],
  ['States.StringToJson($.a)', { a: '{"x": [1]}' }, { x: [1] }],
  ["States.StringToJson('')", {}, null],
  ['States.JsonToString($.a)', { a: { x: [1] } }, '{"x":[1]}'],
  ['States.MathAdd($.a, 1.5)', { a: -1.5 }, 1],
  ["States.StringSplit('a,b;;c', ',;')", {}, ['a', 'b', 'c']],
  ['States.UUID()', {}, '00000000-0000-4000-8000-000000000001'],
  ['States.MathRandom(1, 3)', {}, 2],
  ["States.Format('{} and {}', $.a, $.b)", { a: { x: 1, y: [] }, b: [null, 'c'] }, '{x=1, y=[]} and [null, c]'],
  ["States.Format('\\{\\} it\\'s \\\\ {}', 1)", {}, "{} it's \\ 1"],
  ["States.Format($.template, 'x')", { template: '<{}>' }, '<x>'],
  ["States.Format('{}', $$.Execution.Name)", {}, 'run'],
  ["States.Format('{}', States.MathAdd(1, States.ArrayLength($['a b'])))", { 'a b': [1] }, '2'],
])('%s', async (call, input, value) => {
  expect((await evaluate(call, input)).value).toEqual(value);
});

test('the same seed draws the same number', async () => {
  const [first, second] = [
    await evaluate('States.MathRandom(0, 1000, 42)', {}),
    await evaluate('States.MathRandom(0, 1000, 42)', {}),
  ];
  expect(first.value).toBe(second.value);
  expect(first.value).toBeGreaterThanOrEqual(0);
});

test('a path that finds nothing ends the execution, and names the whole call', async () => {
  expect(await evaluate("States.Format('{}', States.ArrayLength($.nope))", { a: 1 })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause:
      "An error occurred while executing the state 'A' (entered at the event id #2). The function 'States.Format('{}', States.ArrayLength($.nope))' had the following error: The JsonPath argument for the field '$.nope' could not be found in the input '{\"a\":1}'",
  });
});

test.each<[string, Json]>([
  ['States.ArrayGetItem($.a, 9)', { a: [] }],
  ['States.ArrayPartition($.a, 0)', { a: [] }],
  ['States.ArrayLength($.a)', { a: 'x' }],
  ['States.ArrayRange(0, 1000, 1)', {}],
  ['States.ArrayRange(0, 9, 0)', {}],
  ["States.Base64Decode('*')", {}],
  ["States.Hash('a', 'CRC')", {}],
  ["States.MathAdd('1', 1)", {}],
  ['States.MathRandom(2, 2)', {}],
  ['States.JsonMerge($.a, $.a, true)', { a: {} }],
  ["States.StringToJson('{')", {}],
])('%s fails by States.IntrinsicFailure', async (call, input) => {
  const { error, cause } = await evaluate(call, input);
  expect({ error, cause }).toEqual({
    error: 'States.IntrinsicFailure',
    cause: expect.stringContaining(`The function '${call}' had the following error: `),
  });
});
