import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTasks } from '../../infra/bundle';
import { contracts } from '../../tasks/contracts';

const root = join(__dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'eks-ir-bundle-'));
const bundled = bundleTasks(root, out);
afterAll(() => rmSync(out, { recursive: true }));

test.each(contracts.map(({ id }) => id))('%s is bundled with its plans and its source map', (id) => {
  const run = id === 'collect-volatile-evidence' ? ['scripts'] : [];
  expect(readdirSync(bundled(id)).sort()).toEqual(['index.mjs', 'index.mjs.map', 'runbooks', ...run]);
  expect(readdirSync(join(bundled(id), 'runbooks'))).toContain('network-change.yaml');
});

test('the decision handler is small: who clicks waits for its cold start', () => {
  // A category's words that import zod by its name `z` bring all of it: `import * as z` does not.
  expect(statSync(join(bundled('answer-slack'), 'index.mjs')).size).toBeLessThan(300_000);
});

test('every bundle loads and has a handler', () => {
  const urls = contracts.map(({ id }) => pathToFileURL(join(bundled(id), 'index.mjs')).href);
  const script = `for (const url of ${JSON.stringify(urls)}) console.log(typeof (await import(url)).handler);`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(contracts.map(() => 'function'));
}, 20_000);
