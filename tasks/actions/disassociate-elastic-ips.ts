import {
  type Address,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { filter } from '../aws/network';
import { nodesOf } from '../forensics/request';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ interface: z.string().nullable(), privateAddress: z.string().nullable() });

/** Takes a node its elastic addresses: what speaks to them no longer reaches it, whatever its groups say. */
export const disassociateElasticIps: Action = {
  id: 'disassociate-elastic-ips',
  description: 'Takes an instance its elastic IP addresses, which stay the account’s',
  permissions: {
    read: [{ actions: ['ec2:DescribeAddresses', 'ec2:DescribeInstances'], on: ['*'] }],
    write: [
      {
        actions: ['ec2:AssociateAddress', 'ec2:DisassociateAddress'],
        on: [
          `arn:\${Partition}:ec2:\${Region}:\${Account}:elastic-ip/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:network-interface/*`,
        ],
      },
    ],
  },
  after: [],

  async propose({ aws }, dossier) {
    const nodes = (await nodesOf({ aws }, dossier)).filter((node) => !node.managedByEks);
    const changes = nodes.map(async (node) => {
      const { Addresses } = await aws.ec2.send(
        new DescribeAddressesCommand({ Filters: [filter('instance-id', [node.id])] }),
      );
      return (Addresses ?? []).map((address) => ({
        id: `disassociate-elastic-ips:${address.AllocationId}`,
        action: 'disassociate-elastic-ips',
        target: { type: 'AWS::EC2::EIP', id: address.AllocationId ?? '' },
        before: sideOf(address),
        after: { interface: null, privateAddress: null },
        line: `${node.id}: without its elastic address ${address.PublicIp}`,
        reversible: true,
        knownFrom: 'present' as const,
        owner: null,
        warnings: [],
      }));
    });
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const address = await addressOf(aws.ec2, change.target.id);
    return address === undefined ? null : sideOf(address);
  },

  async apply(context, change) {
    const { ec2 } = context.aws;
    const address = await addressOf(ec2, change.target.id);
    if (address === undefined || sameState(sideOf(address), change.after)) return;
    const after = side.parse(change.after);
    if (after.interface === null || after.privateAddress === null) {
      await ec2.send(new DisassociateAddressCommand({ AssociationId: address.AssociationId }));
      return;
    }
    await ec2.send(
      new AssociateAddressCommand({
        AllocationId: change.target.id,
        NetworkInterfaceId: after.interface,
        PrivateIpAddress: after.privateAddress,
        AllowReassociation: false,
      }),
    );
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is associated otherwise` };
  },

  undo: inverted,
};

async function addressOf(ec2: EC2Client, allocationId: string): Promise<Address | undefined> {
  const { Addresses } = await ec2.send(
    new DescribeAddressesCommand({ Filters: [filter('allocation-id', [allocationId])] }),
  );
  return Addresses?.[0];
}

function sideOf({ NetworkInterfaceId, PrivateIpAddress }: Address) {
  return { interface: NetworkInterfaceId ?? null, privateAddress: PrivateIpAddress ?? null };
}
