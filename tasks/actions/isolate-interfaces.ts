import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { filter } from '../aws/network';
import { cutOff, findGroups, groupsOfInterfaces, isolationName } from '../forensics/isolation-groups';
import { type Node, readNodeInterfaces } from '../forensics/node';
import { nodesOf } from '../forensics/request';
import { whyAskAbout } from '../forensics/scaling';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ groups: z.array(z.string()).min(1) });
const parameters = z.strictObject({ vpcId: z.string() });

/** Cuts off every interface of a node: one change each, for an instance with several cannot be changed as a whole. */
export const isolateInterfaces: Action = {
  id: 'isolate-interfaces',
  description:
    'Takes all traffic from every network interface of an instance, in two steps that end tracked connections',
  permissions: {
    read: [
      {
        actions: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
        ],
        on: ['*'],
      },
    ],
    write: [
      {
        actions: ['ec2:ModifyNetworkInterfaceAttribute'],
        on: [
          `arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:network-interface/*`,
          `arn:\${Partition}:ec2:\${Region}:\${Account}:security-group/*`,
        ],
      },
    ],
  },
  after: ['mark-isolated'],
  goneIsDone: true,

  async propose(context, dossier) {
    const { aws } = context;
    const nodes = (await nodesOf({ aws }, dossier)).filter((node) => !node.managedByEks);
    const changes = nodes.map(async (node): Promise<Change[]> => {
      const [interfaces, ask] = await Promise.all([
        readNodeInterfaces(aws.ec2, node.id),
        whyAskAbout(context, node.id),
      ]);
      const present = await groupsOfInterfaces(
        aws.ec2,
        filter(
          'network-interface-id',
          interfaces.map(({ id }) => id),
        ),
      );
      return present
        .filter(({ groups }) => !sameState(groups, [isolationName]))
        .map((it) => ({ ...isolationOf(node, it), ...(ask === undefined ? {} : { askBecause: ask }) }));
    });
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const [found] = await groupsOfInterfaces(aws.ec2, filter('network-interface-id', [change.target.id]));
    return found === undefined ? null : { groups: found.groups };
  },

  async apply(context, change) {
    const { ec2 } = context.aws;
    const { groups } = side.parse(change.after);
    const isolating = sameState(groups, [isolationName]);
    const [present, known] = await Promise.all([
      this.present(context, change),
      isolating ? findGroups(ec2, parameters.parse(change.parameters).vpcId) : null,
    ]);
    if (present === null || sameState(present, change.after)) return;
    if (!isolating) {
      await ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: change.target.id, Groups: groups }),
      );
      return;
    }
    if (known === null) throw new Error('the isolation group is not there');
    await cutOff(ec2, change.target.id, known);
  },

  async verify(context, change) {
    const present = await this.present(context, change);
    if (sameState(present, change.after)) return { state: 'done' };
    // An interface that is gone lets nothing through.
    if (present === null) return { state: 'done' };
    return { state: 'failed', reason: `${change.target.id} has other security groups` };
  },

  undo: inverted,
};

/** The change that cuts off one interface of a node; `groups` are those that it has. */
export function isolationOf(
  node: Pick<Node, 'id' | 'vpcId'>,
  { id, groups }: { readonly id: string; readonly groups: readonly string[] },
): Change {
  return {
    id: `isolate-interfaces:${id}`,
    action: 'isolate-interfaces',
    target: { type: 'AWS::EC2::NetworkInterface', id },
    before: { groups: [...groups] },
    after: { groups: [isolationName] },
    parameters: { vpcId: node.vpcId },
    line: `${id} of ${node.id}: security groups ${groups.join(', ')} make way for ${isolationName}`,
    reversible: true,
    knownFrom: 'present',
    owner: null,
    warnings: [],
  };
}
