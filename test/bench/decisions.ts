import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { bundleTasks } from '../../infra/bundle';
import { approvalClick, askIn, deploy } from '../tasks/answer-slack/deployed';
import { play, scenario } from '../tasks/answer-slack/interleavings';

/** What deciding takes: the size of its function, its cold start, and its property in ten thousand orders. Exit status 1 beyond a limit. */

const runs = 10_000;
const root = join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

/**
 * The bundle in a fresh process: from loading it to the answer to a click, with the record and everybody told, against
 * DynamoDB's and Slack's protocols on this machine.
 */
async function measureColdStart(): Promise<{ bytes: number; milliseconds: number; cpu: number }> {
  const out = mkdtempSync(join(tmpdir(), 'eks-ir-bench-'));
  const { store, env, close } = await deploy();
  try {
    const file = join(bundleTasks(root, out)('answer-slack'), 'index.mjs');
    const times: [milliseconds: number, cpu: number][] = [];
    for (let time = 0; time < 7; time++) {
      const id = `approval-${time}`;
      await askIn(store, id);
      const request = approvalClick(id);
      const script = `
        const began = process.hrtime.bigint();
        const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
        const answer = await handler(${JSON.stringify(request)});
        if (answer.statusCode !== 200) throw new Error('not an answer: ' + JSON.stringify(answer));
        const { user, system } = process.cpuUsage();
        console.log(JSON.stringify([Number(process.hrtime.bigint() - began) / 1e6, (user + system) / 1e3]));`;
      const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], {
        env: { PATH: process.env['PATH'], ...env },
      });
      const { status } = await store.approvals.read(id);
      if (status !== 'APPROVED') throw new Error(`the click came to nothing: ${status}`);
      times.push(JSON.parse(stdout) as [number, number]);
    }
    const [milliseconds, cpu] = times.sort(([a], [b]) => a - b)[0] ?? [Number.NaN, Number.NaN];
    return { bytes: statSync(file).size, milliseconds, cpu };
  } finally {
    await close();
    rmSync(out, { recursive: true });
  }
}

/** Figures go to standard error: what stands on standard output is one JSON document. */
async function main(): Promise<void> {
  const { bytes, milliseconds, cpu } = await measureColdStart();
  console.error(`decision handler: ${Math.round(bytes / 1_000)} kB bundled (limit 300)`);
  // The best of them: what else this machine does at the moment is not the handler's.
  console.error(
    `decision handler: ${Math.round(milliseconds)} ms from loading to its answer to a click, best of 7 (limit 400); ${Math.round(cpu)} ms of CPU with Node's own start`,
  );

  const began = Date.now();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (scheduler, it) => {
      await play(scheduler, it);
    }),
    { numRuns: runs },
  );
  console.error(`decisions: one in each of ${runs} orders of events, ${Math.round((Date.now() - began) / 1_000)} s`);
  if (bytes > 300_000 || milliseconds > 400) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
