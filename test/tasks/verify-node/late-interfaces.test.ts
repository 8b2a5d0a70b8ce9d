import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { memoryTable } from '../../../replay/world/incident-table';
import { ensureGroups } from '../../../tasks/forensics/isolation-groups';
import { readNodeInterfaces } from '../../../tasks/forensics/node';
import { openStore } from '../../../tasks/store/store';
import { cutOffLate } from '../../../tasks/verify-node/late-interfaces';
import { node as id, nodeStage, nodes } from '../actions/node-stage';

const node = { id, vpcId: 'vpc-0a11111111111111a' };
const [first, second] = ['eni-0a10000000000001a', 'eni-0a10000000000002a'] as const;
const allows = { egress: [{ cidr: '10.20.1.90/32' }], ingress: [] };
const groups = ['sg-0c10c10c10c10c101', 'sg-0d10d10d10d10d101'];

async function stage() {
  const { context, estate, follow } = nodeStage(nodes);
  const { ec2 } = context.aws;
  const store = openStore(memoryTable(), { tableName: 'incidents', account: nodes.account, region: nodes.region });
  const ours = await follow(ensureGroups(ec2, node.vpcId, allows));
  return {
    ...{ estate, ...ours },
    sweep: () => follow(cutOffLate({ ...context, store }, 'incident', node, allows)),
    give: (NetworkInterfaceId: string, group: string) =>
      follow(ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [group] }))),
    interfaces: () => follow(readNodeInterfaces(ec2, id)),
    entered: async () =>
      (await store.ledger.all('incident')).map(({ change: { target, before }, state }) => ({
        id: target.id,
        before,
        state,
      })),
  };
}

test('what was begun and cut off is ended, and what stood before all of it is what the ledger has', async () => {
  const { entered, estate, give, interfaces, isolation, sweep, untrack } = await stage();
  estate.injectFault({
    ...{ service: 'ec2', action: 'ModifyNetworkInterfaceAttribute', times: 2 },
    error: { name: 'InternalError', message: 'An internal error has occurred' },
  });
  await expect(sweep()).rejects.toThrow();
  await give(first, untrack);
  expect(await sweep()).toEqual({ cutOff: [first, second], unknown: [] });
  expect((await interfaces()).map(({ groupIds }) => groupIds)).toEqual([[isolation], [isolation]]);
  expect(await entered()).toEqual(
    expect.arrayContaining([first, second].map((it) => ({ id: it, before: { groups }, state: 'verified' }))),
  );
});

test('an interface that somebody lets in again is cut off again, and keeps what it had before the isolation', async () => {
  const { entered, give, interfaces, isolation, sweep } = await stage();
  await sweep();
  await give(second, 'sg-0e10e10e10e10e101');
  expect(await sweep()).toEqual({ cutOff: [second], unknown: [] });
  expect((await interfaces()).map(({ groupIds }) => groupIds)).toEqual([[isolation], [isolation]]);
  expect((await entered()).map(({ before }) => before)).toEqual([{ groups }, { groups }]);
});

test('an interface with our own groups alone is cut off, and named: nobody knows what it had', async () => {
  const { entered, give, sweep, untrack } = await stage();
  await give(first, untrack);
  expect(await sweep()).toEqual({ cutOff: [first, second], unknown: [first] });
  expect((await entered()).map((it) => it.id)).toEqual([second]);
});

describe.each([
  ['the group that ends tracking', ['untrack']],
  ['both groups', ['untrack', 'isolation']],
] as const)('where somebody has deleted %s', (_, gone) => {
  test('it is made again, and what came since is cut off', async () => {
    const { estate, interfaces, sweep, ...on } = await stage();
    for (const group of gone) estate.state.groups.delete(on[group]);
    expect(await sweep()).toEqual({ cutOff: [first, second], unknown: [] });
    const [isolation] = new Set((await interfaces()).flatMap(({ groupIds }) => groupIds));
    expect(estate.state.groups.get(isolation ?? '')?.name).toBe('eks-incident-response-isolation');
    expect([...estate.state.rules.values()].filter(({ groupId }) => groupId === isolation)).toEqual([
      expect.objectContaining({ egress: true, cidrIpv4: '10.20.1.90/32' }),
    ]);
  });
});
