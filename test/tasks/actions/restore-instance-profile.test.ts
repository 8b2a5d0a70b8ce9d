import { AssociateIamInstanceProfileCommand, DisassociateIamInstanceProfileCommand } from '@aws-sdk/client-ec2';
import type { Json } from '../../../runbooks/incident';
import { restoreInstanceProfile as action } from '../../../tasks/actions/restore-instance-profile';
import { profileAssociation } from '../../../tasks/forensics/roles';
import { readNodeState } from '../../../tasks/nodes/state';
import { node, nodeStage, nodes } from './node-stage';

const target = { type: 'AWS::EC2::Instance', id: node };
const administrator = { Arn: 'arn:aws:iam::111122223333:instance-profile/administrator' };

/** A node whose profile was recorded and that lost it; `given` another one since, and `recorded` otherwise. */
async function stage(given: { Arn: string } | null, recorded: { instanceProfile: string | null } | object = {}) {
  const on = nodeStage(nodes);
  const { ec2, autoScaling } = on.context.aws;
  const before = { ...((await on.follow(readNodeState({ ec2, autoScaling }, target))) as object), ...recorded } as Json;
  const association = await on.follow(profileAssociation(ec2, node));
  await on.follow(ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId: association?.AssociationId })));
  if (given !== null) {
    await on.follow(ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId: node, IamInstanceProfile: given })));
  }
  const [event] = on.dossier.events;
  if (event === undefined) throw new Error('the stage has one event');
  const dossier = { ...on.dossier, events: [{ ...event, touches: [{ kind: 'profile-replaced', instanceId: node }] }] };
  return { ...on, dossier, context: { ...on.context, baseline: async () => before } };
}

test.each([
  ['a profile that was taken away', null, {}, 'none back to payments-node'],
  ['a profile that was given another', administrator, {}, 'administrator back to payments-node'],
  ['none where none was', administrator, { instanceProfile: null }, 'administrator back to none'],
])('%s is given back, and taken again by its undo', async (_what, given, recorded, line) => {
  const { context, dossier, follow } = await stage(given, recorded);
  const changes = await follow(action.propose(context, dossier));
  expect(changes.map((it) => it.line)).toEqual([`${node}: instance profile ${line}`]);
  for (const change of changes) {
    await follow(action.apply(context, change));
    expect(await follow(action.verify(context, change, null))).toEqual({ state: 'done' });
    const inverse = action.undo(change);
    if (inverse !== null) await follow(action.apply(context, inverse));
    expect(await follow(action.present(context, change))).toEqual(change.before);
  }
});

test('nobody guesses a profile that was never recorded', async () => {
  const { context, dossier, follow } = await stage(null);
  expect(await follow(action.propose({ ...context, baseline: async () => null }, dossier))).toEqual([]);
});
