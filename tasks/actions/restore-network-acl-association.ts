import { ReplaceNetworkAclAssociationCommand } from '@aws-sdk/client-ec2';
import type { Change } from '../../runbooks/change';
import { filter, type NetworkAcl, readNetworkAcls } from '../aws/network';
import { isShut } from '../network/network-acls';
import { readForProposal, writeNetwork } from '../network/permissions';
import { readPrior } from '../network/prior';
import { readNetworkState, subnetState } from '../network/state';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
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
      if (touch.kind !== 'acl-association-replaced') continue;
      const { networkAclId, newAssociationId } = touch;
      if (newAssociationId === null) {
        context.left.add(`The record does not say which subnet got ${networkAclId}: look at its associations.`);
        continue;
      }
      const [acl] = await readNetworkAcls(context.aws.ec2, filter('association.association-id', [newAssociationId]));
      const subnetId = acl?.associations.find(({ associationId }) => associationId === newAssociationId)?.subnetId;
      // Where it was replaced once more, that is an event of its own.
      if (acl === undefined || subnetId === undefined) continue;
      if (changes.has(subnetId)) continue;
      const change = await proposeFor(context, acl, subnetId, time);
      if (change !== null) changes.set(subnetId, change);
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

async function proposeFor(
  context: ActionContext,
  acl: NetworkAcl,
  subnetId: string,
  time: string,
): Promise<Change | null> {
  const target = { type: 'AWS::EC2::Subnet', id: subnetId };
  const prior = await readPrior(context, target, time, subnetState);
  const networkAclId = prior === null ? await recommendedMinimum(context, acl) : prior.state.networkAclId;
  if (networkAclId === null) {
    context.left.add(
      `Nobody knows which network ACL ${subnetId} had before it got ${acl.id}: compare that one with what you need.`,
    );
    return null;
  }
  if (networkAclId === acl.id) return null;
  return {
    id: `restore-network-acl-association:${subnetId}`,
    action: 'restore-network-acl-association',
    target,
    before: { networkAclId: acl.id },
    after: { networkAclId },
    line: `${subnetId}: network ACL ${acl.id} back to ${networkAclId}`,
    reversible: true,
    knownFrom: prior?.from ?? 'recommended-minimum',
    owner: null,
    warnings:
      prior === null
        ? ['What stood before is not known: this is the default of the VPC. Compare it with what you need.']
        : [],
  };
}

/** The VPC's default network ACL, where that carries the cluster's traffic and the present one does not; null otherwise. */
async function recommendedMinimum({ aws }: ActionContext, present: NetworkAcl): Promise<string | null> {
  if (!isShut(present.entries)) return null;
  const all = await readNetworkAcls(aws.ec2, filter('vpc-id', [present.vpcId]));
  return all.find(({ id, isDefault, entries }) => isDefault && id !== present.id && !isShut(entries))?.id ?? null;
}
