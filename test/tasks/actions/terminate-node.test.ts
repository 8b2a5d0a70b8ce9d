import { CreateSnapshotsCommand } from '@aws-sdk/client-ec2';
import type { Change } from '../../../runbooks/change';
import { terminateNode as action } from '../../../tasks/actions/terminate-node';
import { node, nodeStage, nodes } from './node-stage';

type On = ReturnType<typeof nodeStage>;
const tags = (instance = node) => [
  { Key: 'eks-incident-response/incident', Value: 'forensics' },
  { Key: 'eks-incident-response/instance', Value: instance },
];
/** As node forensics takes them. `patient`: until they are complete. */
const snapshots = ({ context, follow }: On, patient: boolean) =>
  follow(
    context.aws.ec2.send(
      new CreateSnapshotsCommand({
        InstanceSpecification: { InstanceId: node },
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: tags() }],
      }),
    ),
    patient,
  );
const proposed = async (on: On): Promise<Change> => {
  const changes = await on.follow(action.propose(on.context, on.dossier));
  return changes.find((change) => change.action === action.id) as Change;
};
const notReplaced = { replacementFirst: false };

test('is not proposed for a node of which no incident has kept anything', async () => {
  const { context, dossier, follow } = nodeStage(nodes);
  expect(await follow(action.propose(context, dossier))).toEqual([]);
  expect([...context.left]).toEqual([expect.stringContaining('Start node forensics on it first')]);
});

test('is not proposed for a node that people would not even have isolated', async () => {
  const on = nodeStage(nodes);
  await snapshots(on, true);
  const spared = { ...on.context, nodesSpared: async () => [node] };
  expect(await on.follow(action.propose(spared, on.dossier))).toEqual([]);
});

test('waits for complete snapshots', async () => {
  const on = nodeStage(nodes, {}, notReplaced);
  await snapshots(on, false);
  expect(await on.follow(action.apply(on.context, await proposed(on)))).toEqual({
    waitingFor: `complete snapshots of all volumes of ${node}`,
  });
});

test('waits for the seal of the incident that took them', async () => {
  const on = nodeStage(nodes, {}, notReplaced);
  await snapshots(on, true);
  const asked: unknown[] = [];
  const isSealed = async (...about: unknown[]) => {
    asked.push(about);
    return false;
  };
  expect(await on.follow(action.apply({ ...on.context, isSealed }, await proposed(on)))).toEqual({
    waitingFor: 'the evidence of forensics to be sealed',
  });
  expect(asked).toEqual([['forensics', { type: 'AWS::EC2::Instance', id: node }]]);
});

test('waits for a replacement, for which the node leaves its group’s service', async () => {
  const on = nodeStage(nodes);
  await snapshots(on, true);
  const changes = await on.follow(action.propose(on.context, on.dossier));
  expect(changes.map((change) => change.action)).toEqual(['leave-auto-scaling-group', 'terminate-node']);
  expect(await on.follow(action.apply(on.context, changes[1] as Change))).toEqual({
    waitingFor: `payments-general to have 3 healthy instance(s) in service without ${node}: it has 2`,
  });
  expect(on.estate.state.instances.get(node)?.state).toBe('running');
});

test('lifts the termination protection with the act, and not before', async () => {
  const instances = nodes.instances.map((it) => (it.id === node ? { ...it, terminationProtection: true } : it));
  const on = nodeStage({ ...nodes, instances }, {}, notReplaced);
  await snapshots(on, true);
  const change = await proposed(on);
  expect(change).toMatchObject({ reversible: false, before: { ended: false, terminationProtection: true } });
  await on.follow(action.apply({ ...on.context, isSealed: async () => false }, change));
  expect(on.estate.state.instances.get(node)?.terminationProtection).toBe(true);
  await on.follow(action.apply(on.context, change), true);
  expect(await on.follow(action.verify(on.context, change, null))).toEqual({ state: 'done' });
  expect(await on.follow(action.present(on.context, change))).toEqual(change.after);
});
