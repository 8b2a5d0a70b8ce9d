import type { Json } from '../../../../replay/engine/json';
import { run } from '../run';

const choose = async (rule: object, input: Json) => {
  const definition = {
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
      Yes: { Type: 'Pass', Result: 'yes', End: true },
      No: { Type: 'Pass', Result: 'no', End: true },
    },
  };
  return run(definition, input);
};

const x = (comparison: object) => ({ Variable: '$.x', ...comparison });

test.each<[object, Json, 'yes' | 'no']>([
  [x({ StringEquals: 'a' }), { x: 'a' }, 'yes'],
  [x({ StringEquals: '1' }), { x: 1 }, 'no'],
  [x({ StringEqualsPath: '$.y' }), { x: 'a', y: 'a' }, 'yes'],
  [x({ StringLessThan: 'b' }), { x: 'a' }, 'yes'],
  [x({ StringLessThanPath: '$.y' }), { x: 'b', y: 'a' }, 'no'],
  [x({ StringGreaterThan: 'b' }), { x: 'c' }, 'yes'],
  [x({ StringLessThanEquals: 'a' }), { x: 'a' }, 'yes'],
  [x({ StringGreaterThanEquals: 'b' }), { x: 'a' }, 'no'],
  [x({ StringMatches: 'log-*.txt' }), { x: 'log-2026.txt' }, 'yes'],
  [x({ StringMatches: 'log-*.txt' }), { x: 'log-2026xtxt' }, 'no'],
  [x({ StringMatches: 'a\\*' }), { x: 'ab' }, 'no'],
  [x({ StringMatches: 'a\\*' }), { x: 'a*' }, 'yes'],
  [x({ StringMatches: '*' }), { x: 1 }, 'no'],
  [x({ NumericEquals: 1 }), { x: 1.0 }, 'yes'],
  [x({ NumericEquals: 1 }), { x: true }, 'no'],
  [x({ NumericLessThan: 1 }), { x: 0.5 }, 'yes'],
  [x({ NumericGreaterThan: 1 }), { x: 1 }, 'no'],
  [x({ NumericLessThanEquals: 1 }), { x: 1 }, 'yes'],
  [x({ NumericGreaterThanEqualsPath: '$.y' }), { x: 2, y: 2 }, 'yes'],
  [x({ BooleanEquals: false }), { x: false }, 'yes'],
  [x({ BooleanEqualsPath: '$.y' }), { x: false, y: 'false' }, 'no'],
  [x({ TimestampEquals: '2026-01-01T00:00:00Z' }), { x: '2026-01-01T01:00:00+01:00' }, 'yes'],
  [x({ TimestampLessThan: '2026-01-01T00:00:00Z' }), { x: '2025-12-31T23:59:59.999Z' }, 'yes'],
  [x({ TimestampGreaterThan: '2026-01-01T00:00:00Z' }), { x: '2026' }, 'no'],
  [x({ TimestampGreaterThanEqualsPath: '$.y' }), { x: '2026-01-01T00:00:00Z', y: '2026-01-01T00:00:00Z' }, 'yes'],
  [x({ IsNull: true }), { x: null }, 'yes'],
  [x({ IsNull: false }), { x: null }, 'no'],
  [x({ IsPresent: true }), { x: null }, 'yes'],
  [x({ IsPresent: false }), {}, 'yes'],
  [x({ IsNumeric: true }), { x: 1 }, 'yes'],
  [x({ IsString: true }), { x: 1 }, 'no'],
  [x({ IsBoolean: true }), { x: true }, 'yes'],
  [x({ IsTimestamp: true }), { x: '2026-01-01T00:00:00Z' }, 'yes'],
  [x({ IsTimestamp: true }), { x: '2026-02-30T00:00:00Z' }, 'no'],
  [{ Not: x({ IsPresent: true }) }, {}, 'yes'],
  [{ And: [x({ IsPresent: true }), x({ NumericEquals: 1 })] }, {}, 'no'],
  [{ And: [x({ IsPresent: true }), x({ NumericEquals: 1 })] }, { x: 1 }, 'yes'],
  [{ Or: [x({ NumericEquals: 1 }), { Not: x({ NumericEquals: 2 }) }] }, { x: 2 }, 'no'],
  [{ Variable: '$$.Execution.Name', StringEquals: 'run' }, {}, 'yes'],
])('%j of %j: %s', async (rule, input, verdict) => {
  expect((await choose(rule, input)).output).toBe(verdict);
});

test('a variable that is not there ends the execution, whatever there is for all else', async () => {
  const { execution } = await choose(x({ StringEquals: 'a' }), {});
  expect(execution).toMatchObject({
    error: 'States.Runtime',
    cause:
      "An error occurred while executing the state 'C' (entered at the event id #2). Invalid path '$.x': The choice state's condition path references an invalid value.",
  });
});

test('no rule that holds and nothing for all else', async () => {
  const definition = {
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices: [{ ...x({ NumericEquals: 1 }), Next: 'Yes' }] },
      Yes: { Type: 'Succeed' },
    },
  };
  const { execution, events } = await run(definition, { x: 2 });
  expect(execution).toMatchObject({
    error: 'States.Runtime',
    cause: expect.stringContaining('Failed to transition out of the state. The state does not point to a next state.'),
  });
  expect(events.map(({ type }) => type)).toEqual(['ExecutionStarted', 'ChoiceStateEntered', 'ExecutionFailed']);
});
