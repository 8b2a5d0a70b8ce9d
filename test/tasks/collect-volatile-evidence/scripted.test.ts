import { join } from 'node:path';
import { nodeForensicsSettings } from '../../../runbooks/node-forensics';
import { beginScript, continueScript } from '../../../tasks/collect-volatile-evidence/scripted';
import type { Deps } from '../../../tasks/deps';
import type { Piece } from '../../../tasks/evidence';
import { readNode } from '../../../tasks/forensics/node';
import { node, nodeStage, nodes } from '../actions/node-stage';

const scripts = join(__dirname, '..', '..', '..', 'tasks', 'collect-volatile-evidence', 'scripts');

test('a host may take all the time that the plan gives it, and every upload still finds its URL good', async () => {
  const instances = nodes.instances.map((it) => (it.id === node ? { ...it, collectsForSeconds: 899 } : it));
  const { context, follow } = nodeStage({ ...nodes, instances });
  const entered: Piece[] = [];
  const problems: string[] = [];
  const deps = {
    ...{ aws: context.aws, now: context.now },
    configuration: { evidenceBucket: 'evidence', region: nodes.region, scriptDirectory: scripts },
    evidence: { enter: async (_id: string, pieces: Piece[]) => entered.push(...pieces) },
    store: { incidents: { noteProblem: async (_id: string, problem: string) => problems.push(problem) } },
  } as unknown as Deps;
  const scene = {
    ...{ deps, incidentId: 'incident', instanceId: node, request: null, last: false, events: 1 },
    openedAt: context.now().toISOString(),
    settings: nodeForensicsSettings.parse({ volatileSeconds: 900 }),
    node: await follow(readNode(context.aws.ec2, node)),
  };
  const { progress } = await follow(beginScript(scene), true);
  if (progress?.step !== 'script') throw new Error(problems.join());
  await follow(continueScript(scene, progress));
  expect(problems).toEqual([]);
  expect(entered).toHaveLength(10);
});
