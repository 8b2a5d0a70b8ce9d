import fc from 'fast-check';
import jsonata from 'jsonata';
import type { Json } from '../../../../replay/engine/json';
import { shortcutOf } from '../../../../replay/engine/jsonata/shortcut';
import type { Frame } from '../../../../replay/engine/queries';
import { Scope } from '../../../../replay/engine/scope';

const literal = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map(String),
  fc.constantFrom("'a'", "'b'", "''", 'true', 'false', 'null', '0.5', '1e15'),
);
const path = fc.constantFrom(
  '$states.input.n',
  '$states.input.s',
  '$states.input.l',
  '$states.input.o.p',
  '$states.input.missing',
  '$states.input.l.x',
  '$v',
  '$v.n',
  '$none',
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    literal,
    path,
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(tie('expression'), { maxLength: 2 })
      .map((items) => `{${items.map((it, at) => `'k${at}': ${it}`).join(', ')}}`),
    tie('expression').map((it) => `-(${it})`),
  ),
}));

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('a', 'b', '', null, true, false),
);
const document = fc.record(
  {
    n: scalar,
    s: scalar,
    l: fc.array(fc.oneof(scalar, fc.record({ x: scalar })), { maxLength: 3 }),
    o: fc.record({ p: scalar }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test('what is computed at once is what JSONata answers', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(expression, document, document, async (text, input, variable) => {
      const compiled = jsonata(text);
      const scope = new Scope();
      scope.assign({ v: variable as Json });
      const answer = shortcutOf(compiled.ast())?.({ input: input as Json, scope } as Frame, {});
      if (answer === undefined) return;
      taken++;
      const expected: unknown = await compiled.evaluate(undefined, { states: { input }, v: variable });
      expect(JSON.stringify(answer)).toBe(JSON.stringify(expected));
    }),
    { numRuns: 3_000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(300);
});

test.each([
  '$sum($states.input.l)',
  '$states.input.l[0]',
  '$states.input.l[]',
  '$states.input{n: 1}',
  '$states.input.(n)',
  '[1..3]',
  '($x := 1; $x)',
  'function($x) { $x }',
  "{'a': 1, 'a': 2}",
  '{$states.input.s: 1}',
])('%s is left to JSONata', (text) => {
  expect(shortcutOf(jsonata(text).ast())).toBeNull();
});
