import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import * as z from 'zod';
import type { Change } from '../../runbooks/change';
import type { Node } from '../forensics/node';
import { nodesOf } from '../forensics/request';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

const side = z.strictObject({ registered: z.boolean() });
const parameters = z.strictObject({ targetGroup: z.string(), target: z.string(), port: z.number().int() });

/** States of a target that takes part, or is about to. */
const takesPart = new Set(['initial', 'healthy', 'unhealthy', 'unused', 'unavailable']);

/** Takes a node out of the target groups that send it traffic. Pods behind targets by address are their controllers' business. */
export const deregisterTargets: Action = {
  id: 'deregister-targets',
  description: 'Takes an instance out of the target groups of load balancers',
  permissions: {
    read: [
      {
        actions: [
          'ec2:DescribeInstances',
          'elasticloadbalancing:DescribeTargetGroups',
          'elasticloadbalancing:DescribeTargetHealth',
        ],
        on: ['*'],
      },
    ],
    write: [
      {
        actions: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
        on: [`arn:\${Partition}:elasticloadbalancing:\${Region}:\${Account}:targetgroup/*/*`],
      },
    ],
  },
  after: [],

  async propose({ aws }, dossier) {
    const nodes = await nodesOf({ aws }, dossier);
    if (nodes.length === 0) return [];
    const groups = (await readTargetGroups(aws.loadBalancing)).filter(({ TargetType }) => TargetType === 'instance');
    const changes = nodes.flatMap((node) =>
      groups.filter(({ VpcId }) => VpcId === node.vpcId).map((group) => proposeFor(aws.loadBalancing, node, group)),
    );
    return (await Promise.all(changes)).flat();
  },

  async present({ aws }, change) {
    const { targetGroup, target, port } = parameters.parse(change.parameters);
    const found = await registrations(aws.loadBalancing, targetGroup, target);
    return { registered: found.includes(port) };
  },

  async apply(context, change) {
    if (sameState(await this.present(context, change), change.after)) return;
    const { targetGroup, target, port } = parameters.parse(change.parameters);
    const which = { TargetGroupArn: targetGroup, Targets: [{ Id: target, Port: port }] };
    if (side.parse(change.after).registered) await context.aws.loadBalancing.send(new RegisterTargetsCommand(which));
    else await context.aws.loadBalancing.send(new DeregisterTargetsCommand(which));
  },

  async verify(context, change) {
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} is registered again` };
  },

  undo: inverted,
};

async function proposeFor(
  loadBalancing: ElasticLoadBalancingV2Client,
  node: Node,
  { TargetGroupArn = '', TargetGroupName = '' }: TargetGroup,
): Promise<Change[]> {
  return (await registrations(loadBalancing, TargetGroupArn, node.id)).map((port) => ({
    id: `deregister-targets:${node.id}:${TargetGroupName}:${port}`,
    action: 'deregister-targets',
    target: { type: 'AWS::EC2::Instance', id: node.id },
    before: { registered: true },
    after: { registered: false },
    parameters: { targetGroup: TargetGroupArn, target: node.id, port },
    line: `${node.id}: no traffic from the target group ${TargetGroupName} on port ${port}`,
    reversible: true,
    knownFrom: 'present',
    owner: null,
    warnings: [],
  }));
}

async function readTargetGroups(loadBalancing: ElasticLoadBalancingV2Client): Promise<TargetGroup[]> {
  const groups: TargetGroup[] = [];
  let marker: string | undefined;
  do {
    const page = await loadBalancing.send(
      new DescribeTargetGroupsCommand(marker === undefined ? {} : { Marker: marker }),
    );
    groups.push(...(page.TargetGroups ?? []));
    marker = page.NextMarker;
  } while (marker !== undefined && marker !== '');
  return groups;
}

/** The ports by which an instance takes part in a target group. */
async function registrations(
  loadBalancing: ElasticLoadBalancingV2Client,
  targetGroup: string,
  instanceId: string,
): Promise<number[]> {
  const { TargetHealthDescriptions } = await loadBalancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }),
  );
  return (TargetHealthDescriptions ?? [])
    .filter(({ Target, TargetHealth }) => Target?.Id === instanceId && takesPart.has(TargetHealth?.State ?? ''))
    .flatMap(({ Target }) => Target?.Port ?? [])
    .sort((a, b) => a - b);
}
