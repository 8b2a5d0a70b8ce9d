import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { memoryTable } from '../../../replay/world/incident-table';
import { hashChangeSet } from '../../../runbooks/change';
import { isolateInterfaces, isolationOf } from '../../../tasks/actions/isolate-interfaces';
import { ensureGroups } from '../../../tasks/forensics/isolation-groups';
import { intend } from '../../../tasks/intend';
import { proposeUndo } from '../../../tasks/propose-changes/undo';
import { openStore } from '../../../tasks/store/store';
import { nodeStage, nodes } from '../actions/node-stage';

const device = 'eni-0a10000000000001a';
const found = ['sg-0c10c10c10c10c101', 'sg-0d10d10d10d10d101'];

/** An incident that isolates a node in as many rounds as somebody lets its interface in again. */
async function isolatedInRounds(letIn: readonly (readonly string[])[]) {
  const { context, dossier, estate, follow } = nodeStage(nodes);
  const scope = { tableName: 'incidents', account: nodes.account, region: nodes.region };
  const store = openStore(memoryTable(), scope);
  const { incidentId } = dossier;
  await follow(ensureGroups(context.aws.ec2, 'vpc-0a11111111111111a', { egress: [], ingress: [] }));
  const somebodySets = (groups: readonly string[]) =>
    follow(
      context.aws.ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: device, Groups: [...groups] }),
      ),
    );
  for (const [index, groups] of [null, ...letIn].entries()) {
    if (groups !== null) await somebodySets(groups);
    const changes = await follow(isolateInterfaces.propose(context, dossier));
    const set = { incidentId, purpose: 'contain' as const, round: index + 1, changes };
    const changeSetHash = hashChangeSet(set);
    for (const [position, change] of changes.entries()) {
      const entry = await intend(
        { store, now: context.now },
        { incidentId, changeSetHash, position, change, fence: 1 },
      );
      await follow(isolateInterfaces.apply(context, change));
      await store.ledger.move(entry, 'verified', context.now().toISOString());
    }
  }
  return {
    somebodySets,
    groups: () => estate.state.interfaces.get(device)?.groupIds,
    undo: async () => {
      const undo = await follow(proposeUndo(context, { store }, incidentId));
      for (const change of undo.changes) await follow(isolateInterfaces.apply(context, change));
      return undo;
    },
  };
}

const anyGroups = fc.subarray([...found, 'sg-0e10e10e10e10e101'], { minLength: 1 });

test('in however many rounds something was changed, an undo gives back what stood before the first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyGroups, { maxLength: 4 }), async (letIn) => {
      const { groups, undo } = await isolatedInRounds(letIn);
      const { changes, left } = await undo();
      expect(groups()).toEqual(found);
      expect(left).toEqual([]);
      expect(changes.filter(({ target }) => target.id === device)).toHaveLength(1);
      expect((await undo()).changes).toEqual([]);
    }),
    { numRuns: 20, seed: 20_260_512 },
  );
});

test('what somebody has changed since the last round is left to them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyGroups, { maxLength: 3 }), async (letIn) => {
      const { groups, somebodySets, undo } = await isolatedInRounds(letIn);
      await somebodySets(['sg-0e10e10e10e10e101']);
      const { left } = await undo();
      expect(groups()).toEqual(['sg-0e10e10e10e10e101']);
      expect(left).toEqual([expect.stringContaining(`${device} has been changed since`)]);
    }),
    { numRuns: 10, seed: 20_260_512 },
  );
});

test('why a human was asked about a change is no reason to ask about taking it back', () => {
  const change = isolationOf({ id: 'i-1', vpcId: 'vpc-1' }, { id: device, groups: found });
  expect(isolateInterfaces.undo({ ...change, askBecause: 'It is the last.' })).not.toHaveProperty('askBecause');
});

test('that somebody had let it in again between two rounds is said', async () => {
  const { undo } = await isolatedInRounds([['sg-0e10e10e10e10e101']]);
  const { changes } = await undo();
  expect(changes.find(({ target }) => target.id === device)?.warnings).toEqual([
    expect.stringContaining('between two changes of this incident'),
  ]);
});
