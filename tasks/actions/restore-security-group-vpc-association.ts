import { AssociateSecurityGroupVpcCommand, DisassociateSecurityGroupVpcCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { readVpcAssociation } from '../aws/network';
import { readForProposal, writeNetwork } from '../network/permissions';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';
import { touchesOf } from './touches';

const side = z.strictObject({ vpcId: z.string(), associated: z.boolean() });

/** Takes back whether a security group may be used in another VPC. */
export const restoreSecurityGroupVpcAssociation: Action = {
  id: 'restore-security-group-vpc-association',
  description: 'Associates a security group with a VPC again, or takes the association away',
  permissions: {
    read: readForProposal,
    write: [
      writeNetwork('security-group', 'AssociateSecurityGroupVpc', 'DisassociateSecurityGroupVpc'),
      writeNetwork('vpc', 'AssociateSecurityGroupVpc', 'DisassociateSecurityGroupVpc'),
    ],
  },

  async propose({ aws }, dossier) {
    const changes = new Map<string, Change | null>();
    for (const { touch } of touchesOf(dossier)) {
      if (touch.kind !== 'group-vpc-associated' && touch.kind !== 'group-vpc-disassociated') continue;
      const { groupId, vpcId } = touch;
      const key = `${groupId}:${vpcId}`;
      const stood = touch.kind === 'group-vpc-disassociated';
      const associated = (await readVpcAssociation(aws.ec2, groupId, vpcId)) !== null;
      // What stood before is what stood before the first of them.
      if (changes.has(key)) continue;
      changes.set(key, null);
      if (associated === stood) continue;
      changes.set(key, {
        id: `restore-security-group-vpc-association:${key}`,
        action: 'restore-security-group-vpc-association',
        target: { type: 'AWS::EC2::SecurityGroup', id: groupId },
        before: { vpcId, associated },
        after: { vpcId, associated: stood },
        line: `${groupId}: ${stood ? 'associate with' : 'disassociate from'} ${vpcId}`,
        reversible: true,
        knownFrom: 'event',
        owner: null,
        warnings: stood ? [] : ['It fails while an interface in that VPC has the group: move those first.'],
      });
    }
    return [...changes.values()].flatMap((change) => change ?? []);
  },

  async present({ aws }, change) {
    const { vpcId } = side.parse(change.after);
    return { vpcId, associated: (await readVpcAssociation(aws.ec2, change.target.id, vpcId)) !== null };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    const { vpcId: VpcId, associated } = side.parse(change.after);
    const input = { GroupId: change.target.id, VpcId };
    await (associated
      ? context.aws.ec2.send(new AssociateSecurityGroupVpcCommand(input))
      : context.aws.ec2.send(new DisassociateSecurityGroupVpcCommand(input)));
  },

  async verify({ aws }, change) {
    const { vpcId, associated } = side.parse(change.after);
    const state = await readVpcAssociation(aws.ec2, change.target.id, vpcId);
    if (state === 'associating' || state === 'disassociating') return { state: 'pending', waitingFor: state };
    const failed = state?.endsWith('failed') === true;
    return !failed && (state !== null) === associated
      ? { state: 'done' }
      : { state: 'failed', reason: `the association of ${change.target.id} is ${state ?? 'not there'}` };
  },

  undo: inverted,
};
