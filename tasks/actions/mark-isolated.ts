import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import { blastRadius } from '../forensics/blast-radius';
import {
  type Allowance,
  allowance,
  allowanceFor,
  deleteIsolationGroups,
  deleteUnusedGroups,
  ensureGroups,
  isAsWanted,
  isolationTag,
  makeIsolationGroups,
} from '../forensics/isolation-groups';
import { readNode, readNodeInterfaces } from '../forensics/node';
import { orSaid, reactionsTo } from '../forensics/reactions';
import { nodeSettingsOf, nodesOf } from '../forensics/request';
import { readClusters } from '../permissions';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { inverted } from './inverted';

const ourTags = 'eks-incident-response/';
const side = z.strictObject({ isolatedBy: z.string().nullable() });
const parameters = z.strictObject({ by: z.string(), vpcId: z.string(), allows: allowance });

/**
 * Makes ready what cuts a node off, and says on the instance by which incident it was. It covers the interfaces that the
 * node gets later: they are cut off as soon as they are seen, each as a change of its own.
 */
export const markIsolated: Action = {
  id: 'mark-isolated',
  description:
    'Makes a VPC’s isolation group and marks an instance as isolated, with all interfaces that it gets later',
  permissions: {
    read: [
      readClusters,
      {
        actions: [
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribePrefixLists',
          'ec2:DescribeSecurityGroupRules',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeVolumes',
          'ec2:DescribeVpcEndpoints',
          'eks:DescribeNodegroup',
        ],
        on: ['*'],
      },
    ],
    write: [
      ...makeIsolationGroups,
      deleteIsolationGroups,
      {
        actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
        on: [`arn:\${Partition}:ec2:\${Region}:\${Account}:instance/*`],
      },
    ],
  },
  after: [],

  async propose(context, dossier) {
    const settings = nodeSettingsOf(dossier);
    // A mark that says otherwise may be anybody's: it is written over, never believed.
    const nodes = (await nodesOf(context, dossier)).filter(
      (node) => !node.managedByEks && node.tags[isolationTag] !== dossier.incidentId,
    );
    return Promise.all(
      nodes.map(async (node): Promise<Change> => {
        const [allows, radius, reactions] = await Promise.all([
          allowanceFor(context, node.vpcId, settings),
          orSaid('What runs on it', blastRadius(context, node)),
          reactionsTo(context, node),
        ]);
        return {
          id: `mark-isolated:${node.id}`,
          action: 'mark-isolated',
          target: { type: 'AWS::EC2::Instance', id: node.id },
          before: { isolatedBy: node.tags[isolationTag] ?? null },
          after: { isolatedBy: dossier.incidentId },
          parameters: { by: dossier.incidentId, vpcId: node.vpcId, allows },
          line: `${node.id}: isolated, with every interface that it gets later`,
          reversible: true,
          knownFrom: 'present',
          owner: null,
          warnings: [...radius, ...reactions, ...warnings(allows)],
        };
      }),
    );
  },

  async present(context, change) {
    const node = await readNode(context.aws.ec2, change.target.id);
    return node === null ? null : { isolatedBy: node.tags[isolationTag] ?? null };
  },

  async apply(context, change) {
    const { ec2 } = context.aws;
    const { by, vpcId, allows } = parameters.parse(change.parameters);
    const { isolatedBy } = side.parse(change.after);
    const Resources = [change.target.id];
    if (isolatedBy === by) {
      await Promise.all([
        ensureGroups(ec2, vpcId, allows),
        ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: isolationTag, Value: isolatedBy }] })),
      ]);
      return;
    }
    await sayWhatIsForged(context, change.target.id);
    if (isolatedBy === null) await ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: isolationTag }] }));
    else await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: isolationTag, Value: isolatedBy }] }));
    await deleteUnusedGroups(ec2, vpcId, change.target.id);
  },

  async verify(context, change) {
    if (!sameState(await this.present(context, change), change.after)) {
      return { state: 'failed', reason: `${change.target.id} is not marked as it should be` };
    }
    const { by, vpcId, allows } = parameters.parse(change.parameters);
    const isolating = side.parse(change.after).isolatedBy === by;
    return isolating && !(await isAsWanted(context.aws.ec2, vpcId, allows))
      ? { state: 'failed', reason: `somebody has changed the isolation group of ${vpcId}` }
      : { state: 'done' };
  },

  undo: inverted,
};

/** What the isolation that a mark stands for lets through. */
export function allowanceOf({ parameters: given }: Change): Allowance {
  return parameters.parse(given).allows;
}

/**
 * We write no tags on interfaces: a node's own role may, by AmazonEKS_CNI_Policy, and what it writes there is meant for us.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKS_CNI_Policy.html
 */
async function sayWhatIsForged({ aws, problems }: ActionContext, instanceId: string): Promise<void> {
  for (const { id, tags } of await readNodeInterfaces(aws.ec2, instanceId)) {
    if (!Object.keys(tags).some((key) => key.startsWith(ourTags))) continue;
    problems.add(`${id} has a tag in our name (${ourTags}…) that is not ours: nothing that it says was followed`);
  }
}

function warnings(allows: z.infer<typeof allowance>): string[] {
  return [
    'Flows through a NAT gateway, a Network Load Balancer, an interface endpoint or a Lambda function are always tracked and may live on; names can still be asked of the VPC’s resolver.',
    ...(allows.egress.length === 0
      ? ['No agent can be reached on it afterwards: what is not collected before is not collected.']
      : [
          'So that its agent can work, it still reaches the VPC’s endpoints of Systems Manager and S3: an intruder with credentials of their own can write to any bucket that those let through.',
        ]),
  ];
}
