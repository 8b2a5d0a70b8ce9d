import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { bundleTasks } from '../../infra/bundle';
import { LocalSlack, signedRequest } from '../../replay/slack/local-slack';
import { openStore } from '../../tasks/store/store';
import { atOnce, openAwsEndpoint } from '../tasks/answer-slack/aws-endpoint';
import { play, scenario } from '../tasks/answer-slack/interleavings';
import { approvalOf, clickOf, hash, incidentOf, people, secret } from '../tasks/answer-slack/stage';

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
  const aws = await openAwsEndpoint(JSON.stringify({ botToken: 'xoxb', signingSecret: secret }));
  const slack = await LocalSlack.start({
    scheduler: { ...atOnce, now: () => Date.now() },
    botToken: 'xoxb',
    signingSecret: secret,
    channels: ['C07INCIDENTS'],
    directory: { users: {}, userGroups: {} },
    deliver: async () => ({ statusCode: 200 }),
  });
  try {
    const file = join(bundleTasks(root, out)('answer-slack'), 'index.mjs');
    const store = openStore(aws.table.client, {
      tableName: 'incidents',
      account: '111122223333',
      region: 'eu-central-1',
    });
    const times: [milliseconds: number, cpu: number][] = [];
    for (let time = 0; time < 7; time++) {
      const id = `approval-${time}`;
      const incident = incidentOf({ id: `incident-${time}`, correlation: id, message: null });
      const event = {
        eventId: id,
        time: 't',
        name: 'n',
        actor: null,
        subjects: [],
        facts: null,
        touches: [],
        evidence: null,
      };
      await store.incidents.openOrJoin(incident, event, { clusters: [], touches: [], exposed: [] });
      const deadline = new Date(Date.now() + 600_000).toISOString();
      await store.approvals.ask(approvalOf({ id, incidentId: incident.id, deadline }), 'token');
      const click = clickOf(people.approver, 'approve', JSON.stringify({ approval: id, shown: hash }));
      const request = signedRequest(click, secret, Math.floor(Date.now() / 1_000));
      const script = `
        const began = process.hrtime.bigint();
        const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
        const answer = await handler(${JSON.stringify(request)});
        if (answer.statusCode !== 200) throw new Error('not an answer: ' + JSON.stringify(answer));
        const { user, system } = process.cpuUsage();
        console.log(JSON.stringify([Number(process.hrtime.bigint() - began) / 1e6, (user + system) / 1e3]));`;
      const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], {
        env: {
          PATH: process.env['PATH'],
          AWS_REGION: 'eu-central-1',
          AWS_ENDPOINT_URL: aws.url,
          AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
          AWS_SECRET_ACCESS_KEY: 'secret',
          ACCOUNT_ID: '111122223333',
          PARTITION: 'aws',
          INCIDENT_TABLE: 'incidents',
          EVIDENCE_BUCKET: 'evidence',
          EVIDENCE_KEY_ARN: 'k',
          SEALING_KEY_ARN: 's',
          SLACK_SECRET_ARN: 'x',
          FALLBACK_TOPIC_ARN: 'f',
          EVIDENCE_RETENTION_DAYS: '1',
          SLACK_API_URL: slack.apiUrl,
        },
      });
      const { status } = await store.approvals.read(id);
      if (status !== 'APPROVED') throw new Error(`the click came to nothing: ${status}`);
      times.push(JSON.parse(stdout) as [number, number]);
    }
    const [milliseconds, cpu] = times.sort(([a], [b]) => a - b)[0] ?? [Number.NaN, Number.NaN];
    return { bytes: statSync(file).size, milliseconds, cpu };
  } finally {
    await slack.close();
    await aws.close();
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
