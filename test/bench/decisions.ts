import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { bundleTasks } from '../../infra/bundle';
import { play, scenario } from '../tasks/answer-slack/interleavings';

/** What deciding takes: the size of its function, its cold start, and its property in ten thousand orders. Exit status 1 beyond a limit. */

const runs = 10_000;
const root = join(import.meta.dirname, '..', '..');

function measureColdStart(): { bytes: number; milliseconds: number } {
  const out = mkdtempSync(join(tmpdir(), 'eks-ir-bench-'));
  try {
    const file = join(bundleTasks(root, out)('answer-slack'), 'index.mjs');
    // A request that nobody signed, as Lambda hands it over: the first answer of a fresh process.
    const script = `
      const began = process.hrtime.bigint();
      const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
      const answer = await handler({ requestContext: { http: { method: 'GET' } }, headers: {} });
      if (answer.statusCode !== 400) throw new Error('not an answer: ' + JSON.stringify(answer));
      console.log(Number(process.hrtime.bigint() - began) / 1e6);`;
    const env = {
      PATH: process.env['PATH'],
      AWS_REGION: 'eu-central-1',
      ACCOUNT_ID: '111122223333',
      PARTITION: 'aws',
      INCIDENT_TABLE: 't',
      EVIDENCE_BUCKET: 'b',
      EVIDENCE_KEY_ARN: 'k',
      SEALING_KEY_ARN: 's',
      SLACK_SECRET_ARN: 'x',
      FALLBACK_TOPIC_ARN: 'f',
      EVIDENCE_RETENTION_DAYS: '1',
    };
    const times = Array.from({ length: 5 }, () =>
      Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', env })),
    ).sort((a, b) => a - b);
    return { bytes: statSync(file).size, milliseconds: times[2] ?? Number.NaN };
  } finally {
    rmSync(out, { recursive: true });
  }
}

async function main(): Promise<void> {
  const { bytes, milliseconds } = measureColdStart();
  console.log(`decision handler: ${Math.round(bytes / 1_000)} kB bundled (limit 300)`);
  console.log(
    `decision handler: ${Math.round(milliseconds)} ms from loading to its first answer, median of 5 (limit 400)`,
  );

  const began = Date.now();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (scheduler, it) => {
      await play(scheduler, it);
    }),
    { numRuns: runs },
  );
  console.log(
    `decisions: ${runs} orders of events, one decision in each, in ${Math.round((Date.now() - began) / 1_000)} s`,
  );
  if (bytes > 300_000 || milliseconds > 400) process.exitCode = 1;
}

void main();
