import { Execution } from '../engine/execution';
import type { Json } from '../engine/json';
import { loadMachine } from '../engine/machine';
import { VirtualScheduler } from '../engine/scheduler';
import { TaskTokens } from '../engine/task-tokens';

/** What the states of a chain do beside passing on what they are given. */
export const chains = [
  { name: 'JSONPath', language: 'JSONPath', more: {} },
  { name: 'JSONPath, parameters', language: 'JSONPath', more: { Parameters: { seen: true, 'all.$': '$.all' } } },
  { name: 'JSONata', language: 'JSONata', more: { Output: '{% $states.input %}' } },
  { name: 'JSONata, assembled', language: 'JSONata', more: { Output: { seen: true, all: '{% $states.input.all %}' } } },
  {
    name: 'JSONata, computed',
    language: 'JSONata',
    more: { Output: "{% {'all': $states.input.all, 'answer': 2 * 21} %}" },
  },
  {
    name: 'JSONata, by its own evaluator',
    language: 'JSONata',
    more: { Output: "{% $merge([$states.input, {'seen': true}]) %}" },
  },
] as const;

export const chainLength = 100;

/** A definition of Pass states in a row. */
export function chainOf(more: object, language: 'JSONPath' | 'JSONata'): { readonly [field: string]: Json } {
  const states = Array.from({ length: chainLength }, (_, index): [string, Json] => [
    `S${index}`,
    { Type: 'Pass', ...more, ...(index === chainLength - 1 ? { End: true } : { Next: `S${index + 1}` }) },
  ]);
  return { QueryLanguage: language, StartAt: 'S0', States: Object.fromEntries(states) };
}

/** Inputs by their size in bytes of JSON. */
export const inputs: readonly (readonly [string, Json])[] = [
  ['24 B', { all: '0123456789abcd' }],
  ['2 KB', { all: rows(50) }],
  ['100 KB', { all: rows(2_500) }],
];

function rows(count: number): Json {
  return Array.from({ length: count }, (_, i) => ({ i, name: 'x'.repeat(20) }));
}

/** Runs a chain on the engine, with its whole history recorded. The input is a value, as the peer takes it. */
export function engineChain(definition: unknown): (input: Json) => Promise<void> {
  const machine = loadMachine(definition);
  const scheduler = new VirtualScheduler(0);
  const surroundings = {
    scheduler,
    random: () => 0.5,
    uuid: () => '00000000-0000-4000-8000-000000000000',
    integrations: {
      async perform() {
        return { output: null };
      },
    },
    tokens: new TaskTokens(() => 'token'),
    region: 'eu-central-1',
    transitionLatencyMs: 0,
  };
  const identity = {
    arn: 'arn:aws:states:eu-central-1:111122223333:execution:chain:run',
    name: 'run',
    stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:chain',
    stateMachineName: 'chain',
    roleArn: 'arn:aws:iam::111122223333:role/chain',
  };
  return async (input) => {
    const execution = new Execution(machine, surroundings, identity, input);
    await execution.run();
    if (execution.status !== 'SUCCEEDED' || execution.history.length !== 2 * chainLength + 2) {
      throw new Error(`the chain ended ${execution.status} after ${execution.history.length} events`);
    }
  };
}

/** Transitions a second: the median of several rounds after a warm-up. */
export async function rateOf(run: () => Promise<void>): Promise<number> {
  let count = 1;
  for (;;) {
    const took = await timed(run, count);
    if (took > 200) break;
    count = Math.ceil(count * Math.min(10, 300 / Math.max(took, 0.1)));
  }
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) rounds.push(await timed(run, count));
  const median = rounds.sort((a, b) => a - b)[2] ?? Number.NaN;
  return Math.round((count * chainLength) / (median / 1_000));
}

async function timed(run: () => Promise<void>, count: number): Promise<number> {
  const from = performance.now();
  for (let ran = 0; ran < count; ran++) await run();
  return performance.now() - from;
}
