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
