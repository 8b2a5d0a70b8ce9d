import { join } from 'node:path';
import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { nodeForensicsSettings } from '../../../runbooks/node-forensics';
import { beginScript, continueScript } from '../../../tasks/collect-volatile-evidence/scripted';
import type { Deps } from '../../../tasks/deps';
import type { Piece } from '../../../tasks/evidence';
import { readNode } from '../../../tasks/forensics/node';
import { node, nodeStage, nodes } from '../actions/node-stage';

const scripts = join(__dirname, '..', '..', '..', 'tasks', 'collect-volatile-evidence', 'scripts');

/** A node whose host collects for so long, what of it is entered, and what is said to be missing. */
function stage(collectsForSeconds: number) {
  const instances = nodes.instances.map((it) => (it.id === node ? { ...it, collectsForSeconds } : it));
  const { context, estate, follow } = nodeStage({ ...nodes, instances });
  const entered: Piece[] = [];
  const problems: string[] = [];
  const collect = async ({ meanwhile = () => {}, s3 = context.aws.s3, last = false } = {}) => {
    const deps = {
      ...{ aws: { ...context.aws, s3 }, now: context.now },
      configuration: { evidenceBucket: 'evidence', region: nodes.region, scriptDirectory: scripts },
      evidence: { enter: async (_id: string, pieces: Piece[]) => entered.push(...pieces) },
      store: { incidents: { noteProblem: async (_id: string, problem: string) => problems.push(problem) } },
    } as unknown as Deps;
    const scene = {
      ...{ deps, incidentId: 'incident', instanceId: node, request: null, last, events: 1 },
      openedAt: context.now().toISOString(),
      settings: nodeForensicsSettings.parse({ volatileSeconds: 900 }),
      node: await follow(readNode(context.aws.ec2, node)),
    };
    // Who looks for the last time comes while the script still runs.
    const { progress } = await follow(beginScript(scene), !last);
    if (progress?.step !== 'script') throw new Error(problems.join());
    meanwhile();
    await follow(continueScript(scene, progress));
  };
  return { aws: context.aws, collect, entered, estate, problems };
}

test('a host may take all the time that the plan gives it, and every upload still finds its URL good', async () => {
  const { collect, entered, problems } = stage(899);
  await collect();
  expect(problems).toEqual([]);
  expect(entered).toHaveLength(10);
});

test('what is larger than any script brings is named, and keeps nothing else from being entered', async () => {
  const { aws, collect, entered, problems } = stage(12);
  async function* endless() {
    for (const chunk = new Uint8Array(16 * 1_048_576); ; ) yield chunk;
  }
  const send = async (command: GetObjectCommand) =>
    command.input.Key?.endsWith('/sockets.txt') === true ? { Body: endless(), $metadata: {} } : aws.s3.send(command);
  await collect({ s3: { config: aws.s3.config, send } as unknown as typeof aws.s3 });
  expect(entered.map(({ kind }) => kind)).not.toContain('volatile-sockets');
  expect(entered).toHaveLength(9);
  expect(problems).toEqual([expect.stringMatching(/: sockets is not entered: .*sockets.txt is larger than 256 MiB$/)]);
});

test('one kind that nobody may read keeps no other from being entered', async () => {
  const { collect, entered, estate, problems } = stage(12);
  const error = { name: 'AccessDenied', message: 'Access Denied' };
  await collect({ meanwhile: () => estate.injectFault({ service: 's3', action: 'GetObject', times: 1, error }) });
  expect(entered).toHaveLength(9);
  expect(problems).toEqual([expect.stringMatching(/: processes is not entered: AccessDenied/)]);
});

test('where the command cannot be cancelled, that is said and what is missing is too', async () => {
  const { collect, estate, problems } = stage(800);
  const error = { name: 'AccessDeniedException', message: 'no' };
  await collect({
    last: true,
    meanwhile: () => estate.injectFault({ service: 'ssm', action: 'CancelCommand', error }),
  });
  expect(problems).toEqual([
    expect.stringMatching(/^no end to the command .*: AccessDeniedException/),
    expect.stringMatching(/suspect-processes did not come in time$/),
  ]);
});
