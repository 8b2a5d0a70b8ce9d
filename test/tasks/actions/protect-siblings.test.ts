import { protectSiblings } from '../../../tasks/actions/protect-siblings';
import { protectSiblingsFromScaleIn } from '../../../tasks/actions/protect-siblings-from-scale-in';
import { node, nodeStage, nodes } from './node-stage';

/** The account of the stage, with so many more nodes like its first. */
function withMore(count: number) {
  const one = nodes.instances.find(({ id }) => id === node);
  if (one === undefined) throw new Error('the stage has that node');
  const more = Array.from({ length: count }, (_, index) => ({
    ...one,
    id: `i-0c${String(index).padStart(15, '0')}`,
    volumes: [],
  }));
  return nodeStage({ ...nodes, instances: [...nodes.instances, ...more] });
}

test.each([
  ['protect-siblings', protectSiblings],
  ['protect-siblings-from-scale-in', protectSiblingsFromScaleIn],
])('%s protects fifty nodes at most, and says how many it leaves to people', async (_id, action) => {
  const { context, dossier, follow } = withMore(80);
  const later = { ...dossier, events: dossier.events.map((event) => ({ ...event, time: '2026-10-02T00:00:00Z' })) };
  const changes = await follow(action.propose(context, later));
  expect(new Set(changes.map(({ target }) => target.id)).size).toBeLessThanOrEqual(50);
  expect([...context.left]).toEqual([
    expect.stringMatching(/^Only 50 of the \d+ other nodes are to be protected: see to/),
  ]);
});
