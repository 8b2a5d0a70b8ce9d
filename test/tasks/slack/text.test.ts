import fc from 'fast-check';
import { inert } from '../../../tasks/slack/text';

describe('event data is shown as inert code', () => {
  test.each([
    ['a mention of everybody', '<!channel>', '`&lt;!channel&gt;`'],
    ['a mention of somebody', '<@U0ALICE>', '`&lt;@U0ALICE&gt;`'],
    ['a link', '<https://evil.example|your bank>', '`&lt;https://evil.example|your bank&gt;`'],
    ['an end of the code', 'a`*b*`', '`aˋ*b*ˋ`'],
    ['lines', 'first\nsecond\r\nthird', '`first second third`'],
    ['text that runs backwards', 'user‮txt.exe', '`user txt.exe`'],
    ['hidden characters', 'a​b﻿c', '`a b c`'],
    ['entities', '&lt;!here&gt;', '`&amp;lt;!here&amp;gt;`'],
    ['nothing', '   ', ''],
  ])('%s', (_, given, shown) => {
    expect(inert(given)).toBe(shown);
  });

  test('it is cut by characters, not in the middle of one', () => {
    expect(inert('😀'.repeat(10_000), 5)).toBe('`😀😀😀😀…`');
  });

  test('whatever is given: one code span on one line, no bracket, no control', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const shown = inert(text);
        if (shown === '') return;
        expect(shown).toMatch(/^`[^`]*`$/);
        expect(shown).not.toMatch(/[<>\n\r\p{Cc}\u202A-\u202E\u2066-\u2069\u200B]/u);
      }),
    );
  });
});
