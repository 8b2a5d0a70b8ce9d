import { memoryTable } from '../../../replay/world/incident-table';
import { openStore, type Store } from '../../../tasks/store/store';
import { type ServedTable, serveTable } from '../../served-table';
import { approvalOf, incidentOf, people } from '../../tasks/answer-slack/stage';
import { eventRecord, nowhere } from '../../tasks/store/records';

let served: ServedTable;
beforeAll(async () => {
  served = await serveTable('incidents');
});
afterAll(() => served.close());

/** What the life of a question does to a store, and everything that it answers on the way. */
async function live({
  approvals,
  incidents,
  leases,
  ledger,
  signatures,
  baselines,
  brake,
  chain,
}: Store): Promise<unknown[]> {
  const event = eventRecord('e');
  const target = { type: 'AWS::EC2::Subnet', id: 'subnet-1' };
  const vote = { via: 'slack', from: '', shown: 'a'.repeat(64), at: '2026-03-14T02:50:00.000Z', reason: null } as const;
  const set = { incidentId: 'incident-1', purpose: 'remediate' as const, round: 1, hash: 'h', changes: [] };
  const answers: unknown[] = [];
  const note = async (answer: Promise<unknown>) => answers.push(await answer);
  await note(incidents.openOrJoin(incidentOf(), event, nowhere));
  await note(incidents.openOrJoin(incidentOf({ id: 'incident-2' }), { ...event, eventId: 'f' }, nowhere));
  await note(incidents.noteProblem('incident-1', 'a'));
  await note(incidents.noteProblem('incident-1', 'a'));
  await note(incidents.noteProblems('incident-1', ['a', 'b']));
  await note(incidents.setProposal('incident-1', 'undo', null));
  await note(incidents.events('incident-1'));
  await note(approvals.ask(approvalOf({ needed: 2 }), 'one'));
  await note(approvals.ask(approvalOf({ needed: 2 }), 'two'));
  await note(approvals.vote('approval-1', { ...vote, userId: people.approver, verdict: 'approve' }));
  await note(
    approvals.extend('approval-1', { via: 'slack', from: '', shown: vote.shown, at: vote.at, userId: people.other }),
  );
  await note(
    approvals.noteAsked(await approvals.read('approval-1'), { at: 'x', as: 'reminded', userIds: ['U0X'], notes: [] }),
  );
  await note(approvals.expire(approvalOf(), 'y'));
  await note(approvals.vote('approval-1', { ...vote, userId: people.other, verdict: 'approve' }));
  await note(approvals.ask(approvalOf(), 'three'));
  await note(approvals.taskToken('approval-1'));
  await note(approvals.ofIncident('incident-1'));
  await note(approvals.waiting());
  await note(approvals.settle('approval-1'));
  await note(approvals.waiting());
  await note(approvals.noteUndoRequest('incident-1', { userId: 'U0X', at: 'z', from: 'here' }));
  await note(approvals.undoRequests('incident-1'));
  await note(leases.take(target, 'a', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'));
  await note(leases.take(target, 'b', '2026-01-01T00:30:00Z', '2026-01-01T02:00:00Z'));
  await note(leases.take(target, 'b', '2026-01-01T01:30:00Z', '2026-01-01T02:00:00Z'));
  await note(ledger.propose(set));
  await note(ledger.proposal('incident-1', 'h'));
  await note(signatures.firstUse('s', 1));
  await note(signatures.firstUse('s', 1));
  await note(baselines.record(target, '2026-01-01T00:00:00.000Z', { a: 1 }, 1));
  await note(baselines.before(target, '2026-01-02T00:00:00.000Z'));
  await note(baselines.dispute(target, 'incident-1', 1));
  await note(baselines.disputed().then((isDisputed) => isDisputed(target)));
  await note(baselines.settle(target, 'incident-1'));
  await note(baselines.disputed().then((isDisputed) => isDisputed(target)));
  for (const id of ['a', 'a', 'b', 'c', 'b']) await note(brake.withinCap('payments', id, 2, 10_000));
  await note(brake.withinCap('payments', 'c', 2, 13_601));
  for (const node of ['i-1', 'i-2', 'i-1']) await note(brake.leavesOthers('general', node, ['i-1', 'i-2'], 10_000));
  await note(brake.observeOnly());
  await note(brake.engage('the first weeks'));
  await note(brake.observeOnly());
  for (const arn of ['one', 'one', 'two']) {
    await note(incidents.firstToSee('e', arn, { at: '2026-03-14', givenUp: '2026-03-13', forgetAt: 1 }));
  }
  await note(incidents.firstToSee('e', 'two', { at: '2026-03-16', givenUp: '2026-03-15', forgetAt: 1 }));
  await note(incidents.seenTo('e'));
  await note(incidents.firstToSee('e', 'three', { at: '2026-03-18', givenUp: '2026-03-17', forgetAt: 1 }));
  await note(incidents.toldOf('arn'));
  await note(incidents.noteTold('arn', 1));
  await note(incidents.toldOf('arn'));
  const piece = { kind: 'k', description: '', bucket: 'b', key: 'k', versionId: 'v', sizeBytes: 1, requestId: null };
  await note(chain.append('incident-1', [{ ...piece, sha256: 's', collectedAt: 'c', collectedBy: 'me' }]));
  await note(chain.entries('incident-1'));
  await note(leases.fence(target, 'b', '2026-01-01T01:31:00Z'));
  await note(leases.letGo(target, 'b'));
  await note(leases.fence(target, 'b', '2026-01-01T01:32:00Z'));
  await note(ledger.noteIntent(target, 'incident-1', '2026-01-01', 1));
  await note(incidents.close('incident-1', 1, { status: 'closed', outcome: 'recorded', closedAt: 'c' }));
  await note(incidents.close('incident-1', 'any', { status: 'closed', outcome: 'recorded', closedAt: 'c' }));
  await note(incidents.read('incident-1'));
  return answers;
}

test('the table in memory answers as a server of DynamoDB’s protocol does', async () => {
  const scope = { tableName: 'incidents', account: '111122223333', region: 'eu-central-1' };
  expect(await live(openStore(memoryTable(), scope))).toEqual(await live(openStore(served.client, scope)));
});

test('an expression that it does not know is an error, not an answer', async () => {
  const table = memoryTable();
  const input = { TableName: 't', Key: { pk: 'p', sk: 's' }, ReturnValues: 'ALL_NEW' as const };
  await expect(table.update({ ...input, UpdateExpression: 'REMOVE a' })).rejects.toThrow('does not know REMOVE a');
  await expect(table.delete({ ...input, ConditionExpression: 'attribute_type(a, :b)' })).rejects.toThrow(
    'does not know attribute_type',
  );
});
