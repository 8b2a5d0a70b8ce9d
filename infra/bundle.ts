import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { categories } from '../runbooks/categories';
import { contracts } from '../tasks/contracts';
import { readPlan } from '../tasks/plan-files';

/** So many handlers are bundled in one run: each holds the SDK once more, and all of them at once take four gigabytes. */
const atOnce = 12;

/**
 * Bundles every task's handler: a folder for each, with the plans beside the code. Answers where a task's folder is. Throws
 * `PlanRefused`. Handlers of one run share what is read, which is most of the work.
 */
export function bundleTasks(root: string, out: string): (taskId: string) => string {
  // A plan that its tasks would refuse must not be deployed.
  for (const category of Object.keys(categories)) readPlan(join(root, 'runbooks'), category);
  const ids = readdirSync(join(root, 'tasks'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(root, 'tasks', entry.name)).includes('handler.ts'))
    .map(({ name }) => name);
  rmSync(out, { recursive: true, force: true });
  const speaking = ids.filter((id) => contracts.some((it) => it.id === id && it.speaksToClusters === true));
  const silent = ids.filter((id) => !speaking.includes(id));
  for (const some of inRunsOf(atOnce, speaking)) bundle(root, out, some, []);
  // Half of a handler is the client of Kubernetes, which only those have that speak to clusters.
  for (const some of inRunsOf(atOnce, silent)) bundle(root, out, some, ['@kubernetes/client-node']);
  for (const id of ids) {
    // What is run on nodes is read as it stands in the repository.
    const scripts = join(root, 'tasks', id, 'scripts');
    if (existsSync(scripts)) cpSync(scripts, join(out, id, 'scripts'), { recursive: true });
    mkdirSync(join(out, id, 'runbooks'), { recursive: true });
    for (const category of Object.keys(categories)) {
      cpSync(join(root, 'runbooks', `${category}.yaml`), join(out, id, 'runbooks', `${category}.yaml`));
    }
  }
  return (taskId) => join(out, taskId);
}

function inRunsOf(many: number, ids: readonly string[]): string[][] {
  const runs = Math.ceil(ids.length / many);
  return Array.from({ length: runs }, (_, run) => ids.slice(run * many, (run + 1) * many));
}

function bundle(root: string, out: string, ids: readonly string[], external: string[]): void {
  buildSync({
    absWorkingDir: root,
    entryPoints: ids.map((id) => ({ in: `tasks/${id}/handler.ts`, out: `${id}/index` })),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's ES modules can be shaken: a third less to load at a cold start.
    mainFields: ['module', 'main'],
    minify: true,
    // A stack trace names our lines; the sources themselves stay at home.
    sourcemap: 'linked',
    sourcesContent: false,
    // States match errors by name: a bundler must not rename their classes.
    keepNames: true,
    legalComments: 'none',
    // Packages that are CommonJS inside call require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}
