import { proposeEach } from '../../../tasks/propose-changes/propose-each';
import { nodeStage, nodes } from '../actions/node-stage';

const actions = ['mark-isolated', 'isolate-interfaces'];
const refused = { name: 'UnauthorizedOperation', message: 'You are not authorized to perform this operation.' };
const broken = { name: 'InvalidParameterValue', message: 'Our own fault' };

/** Proposes where EC2 answers so often with an error. */
function propose(purpose: 'contain' | 'remediate', error: { name: string; message: string }, times?: number) {
  const { context, dossier, estate, follow } = nodeStage(nodes);
  estate.injectFault({ service: 'ec2', action: 'DescribeInstances', error, ...(times === undefined ? {} : { times }) });
  return { context, proposed: follow(proposeEach(actions, purpose, context, dossier)) };
}

test('an action that cannot look is left to people, and keeps no other from being proposed', async () => {
  const { context, proposed } = propose('contain', broken, 1);
  expect([...new Set((await proposed).map(({ action }) => action))]).toEqual(['isolate-interfaces']);
  expect([...context.left]).toEqual([expect.stringMatching(/^mark-isolated is not proposed, .*Our own fault/)]);
});

test('where every action is refused what it reads, all are left to people by name', async () => {
  const { context, proposed } = propose('contain', refused);
  expect(await proposed).toEqual([]);
  expect([...context.left]).toEqual(
    actions.map((id) => expect.stringMatching(`^${id} is not proposed, and left to people: UnauthorizedOperation`)),
  );
});

test.each([
  ['contain', broken, undefined, 'where none can look for another reason'],
  ['remediate', refused, 1, 'what remediates goes whole or not at all'],
] as const)('to %s is given up where AWS answers %j %s times: %s', async (purpose, error, times, _why) => {
  await expect(propose(purpose, error, times).proposed).rejects.toMatchObject(error);
});
