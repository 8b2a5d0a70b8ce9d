import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { nodeForensicsSettings } from '../../runbooks/node-forensics';
import { filter } from '../aws/network';
import {
  allowanceFor,
  cutOff,
  ensureGroups,
  findGroups,
  groupsOfInterfaces,
  isolationName,
  isolationTag,
  makeIsolationGroups,
} from '../forensics/isolation-groups';
import { type Node, readNodeInterfaces } from '../forensics/node';
import { noteGoing, peerGroup, readPeers, whyAskAbout, whyAskNow } from '../forensics/peers';
import { nodeSettingsOf, nodesOf } from '../forensics/request';
import { readClusters } from '../permissions';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ groups: z.array(z.string()).min(1) });
/** The node, and among whom it goes; not of interfaces that a node gets once it is isolated: it goes no further by them. */
const going = z.strictObject({ node: z.string(), group: peerGroup });
/** What isolated interfaces may still do, should the groups have to be made again. */
const lets = nodeForensicsSettings.pick({ letCollectionThrough: true, forensicHost: true });
const parameters = z.strictObject({ vpcId: z.string(), lets: lets.prefault({}), going: going.optional() });

/** Cuts off every interface of a node: one change each, for an instance with several cannot be changed as a whole. */
export const isolateInterfaces: Action = {
  id: 'isolate-interfaces',
  description:
    'Takes all traffic from every network interface of an instance, in two steps that end tracked connections',
  permissions: {
    read: [
      readClusters,
      readPeers,
      {
        actions: [
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribePrefixLists',
          'ec2:DescribeSecurityGroupRules',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeVpcEndpoints',
        ],
        on: ['*'],
      },
    ],
    write: [
      ...makeIsolationGroups,
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
    const { letCollectionThrough, forensicHost } = nodeSettingsOf(dossier);
    const nodes = (await nodesOf({ aws }, dossier)).filter((node) => !node.managedByEks);
    const changes = nodes.map(async (node): Promise<Change[]> => {
      const [present, found] = await Promise.all([
        readNodeInterfaces(aws.ec2, node.id).then((interfaces) => {
          const ids = interfaces.map(({ id }) => id);
          return groupsOfInterfaces(aws.ec2, filter('network-interface-id', ids));
        }),
        whyAskAbout(context, node),
      ]);
      // A node that this incident has cut off goes no further by what it gets since: nobody is asked again.
      const isMarked = node.tags[isolationTag] === dossier.incidentId;
      const isGone = isMarked && present.some(({ groups }) => sameState(groups, [isolationName]));
      const { group, ask } = isGone ? { group: null, ask: undefined } : found;
      return present
        .filter(({ groups }) => !sameState(groups, [isolationName]))
        .map((it) => ({
          ...isolationOf(node, it, {
            lets: { letCollectionThrough, forensicHost },
            ...(group === null ? {} : { going: { node: node.id, group } }),
          }),
          ...(ask === undefined ? {} : { askBecause: ask }),
        }));
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
    const { vpcId, lets } = parameters.parse(change.parameters);
    const isolating = isIsolating(change);
    const [present, known] = await Promise.all([
      this.present(context, change),
      isolating ? findGroups(ec2, vpcId) : null,
    ]);
    if (present === null || sameState(present, change.after)) return;
    if (!isolating) {
      await ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: change.target.id, Groups: groups }),
      );
      return;
    }
    await cutOff(ec2, change.target.id, known, async () =>
      ensureGroups(ec2, vpcId, await allowanceFor(context, vpcId, lets)),
    );
  },

  async asksNow(context, changes) {
    const found = changes.flatMap((change) => {
      if (!isIsolating(change)) return [];
      const { going: it } = parameters.parse(change.parameters);
      return it === undefined ? [] : [{ ...it, decided: change.askBecause !== undefined }];
    });
    const nodes = [...new Map(found.map((it) => [it.node, it])).values()];
    const asks = await Promise.all(
      nodes.map(({ node, group, decided }) =>
        decided ? noteGoing(context, group, node) : whyAskNow(context, group, node),
      ),
    );
    return asks.find((ask) => ask !== undefined);
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

function isIsolating({ after }: Change): boolean {
  return sameState(after, { groups: [isolationName] });
}

/** The change that cuts off one interface of a node; `groups` are those that it has. */
export function isolationOf(
  node: Pick<Node, 'id' | 'vpcId'>,
  { id, groups }: { readonly id: string; readonly groups: readonly string[] },
  more: Partial<Pick<z.infer<typeof parameters>, 'lets'>> & { readonly going?: z.infer<typeof going> } = {},
): Change {
  return {
    id: `isolate-interfaces:${id}`,
    action: 'isolate-interfaces',
    target: { type: 'AWS::EC2::NetworkInterface', id },
    before: { groups: [...groups] },
    after: { groups: [isolationName] },
    parameters: { vpcId: node.vpcId, ...more },
    line: `${id} of ${node.id}: security groups ${groups.join(', ')} make way for ${isolationName}`,
    reversible: true,
    knownFrom: 'present',
    owner: null,
    warnings: [],
  };
}
