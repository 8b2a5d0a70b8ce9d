import { ReplaceNetworkAclAssociationCommand } from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import { filter, readNetworkAcls } from '../aws/network';
import { readForProposal, writeNetwork } from '../network/permissions';
import { readPrior } from '../network/prior';
import { readNetworkState, subnetState } from '../network/state';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';
import { touchesOf } from './touches';

/** Gives a subnet back the network ACL that it had. */
export const restoreNetworkAclAssociation: Action = {
  id: 'restore-network-acl-association',
  description: 'Associates a subnet with the network ACL that it had before',
  permissions: {
    read: readForProposal,
    write: [
      writeNetwork('network-acl', 'ReplaceNetworkAclAssociation'),
      writeNetwork('subnet', 'ReplaceNetworkAclAssociation'),
    ],
  },

  async propose(context, dossier) {
    const changes = new Map<string, Change>();
    for (const { touch, time } of touchesOf(dossier)) {
      if (touch.kind !== 'acl-association-replaced' || touch.newAssociationId === null) continue;
      const [acl] = await readNetworkAcls(
        context.aws.ec2,
        filter('association.association-id', [touch.newAssociationId]),
      );
      const subnetId = acl?.associations.find((it) => it.associationId === touch.newAssociationId)?.subnetId;
      if (acl === undefined || subnetId === undefined || changes.has(subnetId)) continue;
      const target = { type: 'AWS::EC2::Subnet', id: subnetId };
      const prior = await readPrior(context, target, time, subnetState);
      if (prior === null || prior.state.networkAclId === acl.id) continue;
      changes.set(subnetId, {
        id: `restore-network-acl-association:${subnetId}`,
        action: 'restore-network-acl-association',
        target,
        before: { networkAclId: acl.id },
        after: { networkAclId: prior.state.networkAclId },
        line: `${subnetId}: network ACL ${acl.id} back to ${prior.state.networkAclId}`,
        reversible: true,
        knownFrom: prior.from,
        owner: null,
        warnings: [],
      });
    }
    return [...changes.values()];
  },

  present: ({ aws }, change) => readNetworkState(aws, change.target),

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    const subnet = change.target.id;
    const [acl] = await readNetworkAcls(context.aws.ec2, filter('association.subnet-id', [subnet]));
    const association = acl?.associations.find(({ subnetId }) => subnetId === subnet);
    await context.aws.ec2.send(
      new ReplaceNetworkAclAssociationCommand({
        AssociationId: association?.associationId,
        NetworkAclId: subnetState.parse(change.after).networkAclId,
      }),
    );
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} has another network ACL` };
  },

  undo: inverted,
};
