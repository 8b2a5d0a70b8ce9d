import { problemsOf } from '../../../replay/engine/validation';
import { jsonata } from './run';

const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'f' } };

test.each<[string, object, string, RegExp]>([
  ['a state that is not there', jsonata({ A: { Type: 'Pass', Next: 'B' } }), 'States.A.Next', /no state "B"/],
  [
    'a state that nothing reaches',
    jsonata({ A: { Type: 'Succeed' }, B: { Type: 'Succeed' } }),
    'States.B',
    /never reached/,
  ],
  ['a start that is not there', jsonata({ A: { Type: 'Succeed' } }, 'Z'), 'StartAt', /no state "Z"/],
  ['neither Next nor End', jsonata({ A: { Type: 'Pass' } }), 'States.A', /either Next or End/],
  [
    'a JSONPath field in JSONata',
    jsonata({ A: { Type: 'Pass', ResultPath: '$.x', End: true } }),
    'States.A.ResultPath',
    /no field of a Pass/,
  ],
  [
    'what the CDK writes for a limit from an expression',
    jsonata({ A: { ...task, TimeoutSecondsPath: '{% 1 %}', End: true } }),
    'States.A.TimeoutSecondsPath',
    /no field of a Task/,
  ],
  [
    'an expression that is no JSONata',
    jsonata({ A: { Type: 'Pass', Output: '{% 1 + %}', End: true } }),
    'States.A.Output',
    /not valid/,
  ],
  [
    'a resource that is not called here',
    jsonata({ A: { ...task, Resource: 'arn:aws:states:eu-central-1:111122223333:activity:x', End: true } }),
    'States.A.Resource',
    /nothing that this engine calls/,
  ],
  [
    'a distributed Map',
    jsonata({
      A: {
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'B', States: { B: { Type: 'Succeed' } } },
        End: true,
      },
    }),
    'States.A.ItemProcessor.ProcessorConfig',
    /only INLINE/,
  ],
  [
    'an item reader',
    jsonata({
      A: {
        Type: 'Map',
        ItemReader: {},
        ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } },
        End: true,
      },
    }),
    'States.A.ItemReader',
    /no field of a Map/,
  ],
  [
    'two states of one name',
    jsonata({ A: { Type: 'Map', ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, End: true } }),
    'States.A.ItemProcessor.States.A',
    /name of another state/,
  ],
  [
    'States.ALL before another',
    jsonata({ A: { ...task, Retry: [{ ErrorEquals: ['States.ALL', 'X'] }], End: true } }),
    'States.A.Retry[0].ErrorEquals',
    /alone and last/,
  ],
  [
    'a Choice without a rule',
    jsonata({ A: { Type: 'Choice', Choices: [], Default: 'B' }, B: { Type: 'Succeed' } }),
    'States.A.Choices',
    /must hold a rule/,
  ],
  ['a Wait for nothing', jsonata({ A: { Type: 'Wait', End: true } }), 'States.A', /exactly one of/],
  ['a type that there is not', jsonata({ A: { Type: 'Loop', End: true } }), 'States.A.Type', /no type of state/],
])('%s is refused, by name', (_, definition, where, reason) => {
  const problem = problemsOf(definition).find((it) => it.where === where);
  expect(problem?.reason).toMatch(reason);
});

const jsonpath = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });
const iterator = { StartAt: 'B', States: { B: { Type: 'Succeed' } } };

test.each<[string, object, string, RegExp]>([
  [
    'a JSONata field in JSONPath',
    { Type: 'Pass', Output: 1, End: true },
    'Output',
    /no field of a Pass state in JSONPath/,
  ],
  ['a path that is none', { Type: 'Pass', InputPath: 'a', End: true }, 'InputPath', /a path begins with \$/],
  ['a path that is not understood', { Type: 'Pass', OutputPath: '$.a[', End: true }, 'OutputPath', /not closed/],
  ['a result path that chooses', { Type: 'Pass', ResultPath: '$..a', End: true }, 'ResultPath', /no reference path/],
  [
    'a path in a template',
    { Type: 'Pass', Parameters: { x: { 'y.$': 1 } }, End: true },
    'Parameters.x.y.$',
    /valid JSONPath/,
  ],
  [
    'a function that there is not',
    { Type: 'Pass', Parameters: { 'x.$': 'States.Now()' }, End: true },
    'Parameters.x.$',
    /no intrinsic function States.Now/,
  ],
  [
    'too few arguments',
    { Type: 'Pass', Parameters: { 'x.$': "States.Hash('a')" }, End: true },
    'Parameters.x.$',
    /does not take 1/,
  ],
  [
    'a placeholder without its value',
    { Type: 'Pass', Parameters: { 'x.$': "States.Format('{}')" }, End: true },
    'Parameters.x.$',
    /1 \{\} for 0/,
  ],
  [
    'a comparison that there is not',
    { Type: 'Choice', Choices: [{ Variable: '$.x', Equals: 1, Next: 'A' }] },
    'Choices[0].Equals',
    /no comparison/,
  ],
  [
    'a comparison with another kind',
    { Type: 'Choice', Choices: [{ Variable: '$.x', NumericEquals: '1', Next: 'A' }] },
    'Choices[0].NumericEquals',
    /cannot be "1"/,
  ],
  [
    'two comparisons',
    { Type: 'Choice', Choices: [{ Variable: '$.x', IsNull: true, IsString: true, Next: 'A' }] },
    'Choices[0]',
    /exactly one/,
  ],
  [
    'a limit and its path',
    { ...task, Arguments: undefined, TimeoutSeconds: 1, TimeoutSecondsPath: '$.x', End: true },
    'TimeoutSecondsPath',
    /beside TimeoutSeconds/,
  ],
  [
    'a heartbeat that is not shorter',
    { ...task, Arguments: undefined, TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true },
    'HeartbeatSeconds',
    /less than/,
  ],
  [
    'a moment that there is not',
    { Type: 'Wait', Timestamp: '2026-02-30T00:00:00Z', End: true },
    'Timestamp',
    /no ISO 8601/,
  ],
  [
    'a backoff below one',
    { ...task, Arguments: undefined, Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }], End: true },
    'Retry[0].BackoffRate',
    /at least 1/,
  ],
  [
    'a selector beside what it replaced',
    { Type: 'Map', ItemSelector: {}, Parameters: {}, ItemProcessor: iterator, End: true },
    'Parameters',
    /beside ItemSelector/,
  ],
])('%s is refused in JSONPath, by name', (_, state, field, reason) => {
  const problem = problemsOf(jsonpath({ A: JSON.parse(JSON.stringify(state)) })).find(
    (it) => it.where === `States.A.${field}`,
  );
  expect(problem?.reason).toMatch(reason);
});

test('a definition in JSONata has no state in JSONPath', () => {
  const definition = jsonata({ A: { Type: 'Pass', QueryLanguage: 'JSONPath', End: true } });
  expect(problemsOf(definition)).toEqual([
    { where: 'States.A.QueryLanguage', reason: 'cannot be JSONPath where the state machine is in JSONata' },
  ]);
});

test('states that lead only to each other are never reached', () => {
  const definition = jsonata({
    A: { Type: 'Succeed' },
    B: { Type: 'Pass', Next: 'C' },
    C: { Type: 'Pass', Next: 'B' },
  });
  expect(problemsOf(definition).map(({ where }) => where)).toEqual(['States.B', 'States.C']);
});

test('a definition with nothing wrong has no problem', () => {
  const definition = jsonpath({
    A: { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% 1 %}', Next: 'M' },
    M: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...iterator }, End: true },
  });
  expect(problemsOf(definition)).toEqual([]);
});
