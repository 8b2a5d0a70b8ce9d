import type { EstateDescription } from '../../../replay/estate/description';
import { collectionAllowance, ensureGroups } from '../../../tasks/forensics/isolation-groups';
import { nodeStage, nodes } from '../actions/node-stage';

const vpc = 'vpc-0a11111111111111a';
const endpoints = ['10.20.1.201/32', '10.20.1.202/32', '10.20.1.203/32'];

async function allowanceIn(description: EstateDescription) {
  const { context, follow } = nodeStage(description);
  return follow(collectionAllowance(context.aws.ec2, vpc));
}

test('endpoints are let through by their addresses: whoever shares their groups is not', async () => {
  expect(await allowanceIn(nodes)).toEqual([
    ...endpoints.map((cidr) => ({ cidr })),
    { prefixList: expect.stringMatching(/^pl-/) as unknown },
  ]);
});

test.each(['ssm', 'ssmmessages', 'ec2messages', 's3'])(
  'without an endpoint for %s nothing is let through',
  async (one) => {
    const vpcEndpoints = nodes.vpcEndpoints.filter(({ service }) => service !== one);
    expect(await allowanceIn({ ...nodes, vpcEndpoints })).toBeNull();
  },
);

test('the isolation group has exactly these rules, whatever somebody has put into it', async () => {
  const { context, estate, follow } = nodeStage(nodes);
  const { ec2 } = context.aws;
  const allowed = { egress: endpoints.map((cidr) => ({ cidr })), ingress: [] };
  const rulesOf = (group: string) =>
    [...estate.state.rules.values()].flatMap(({ id: _, groupId, ...rule }) => (groupId === group ? rule : []));
  const { isolation } = await follow(ensureGroups(ec2, vpc, { egress: [], ingress: [{ cidr: '0.0.0.0/0' }] }));
  expect(await follow(ensureGroups(ec2, vpc, allowed))).toMatchObject({ isolation });
  expect(rulesOf(isolation)).toEqual(
    endpoints.map((cidrIpv4) => ({ egress: true, protocol: 'tcp', from: 443, to: 443, cidrIpv4 })),
  );
});

test.each([
  ['RevokeSecurityGroupEgress', 'InvalidPermission.NotFound'],
  ['AuthorizeSecurityGroupEgress', 'InvalidPermission.Duplicate'],
])('a rule that another isolation has set meanwhile is looked at again: %s answers %s', async (action, name) => {
  const { context, estate, follow } = nodeStage(nodes);
  estate.injectFault({ service: 'ec2', action, error: { name, message: 'meanwhile' }, times: 1 });
  const allowed = { egress: endpoints.map((cidr) => ({ cidr })), ingress: [] };
  const { isolation } = await follow(ensureGroups(context.aws.ec2, vpc, allowed));
  expect([...estate.state.rules.values()].filter(({ groupId }) => groupId === isolation)).toHaveLength(3);
});

test('two nodes of a VPC that are isolated at the same moment do not hinder each other', async () => {
  const { context, estate, follow } = nodeStage(nodes);
  const allowed = { egress: endpoints.map((cidr) => ({ cidr })), ingress: [] };
  const both = [1, 2].map(() => ensureGroups(context.aws.ec2, vpc, allowed));
  const [one, other] = await follow(Promise.all(both));
  expect(other).toEqual(one);
  expect([...estate.state.rules.values()].filter(({ groupId }) => groupId === one?.isolation)).toHaveLength(3);
  expect([...estate.state.rules.values()].filter(({ groupId }) => groupId === one?.untrack)).toHaveLength(4);
});
