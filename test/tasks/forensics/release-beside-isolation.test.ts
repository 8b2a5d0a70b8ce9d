import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import type { Change } from '../../../runbooks/change';
import type { Action } from '../../../tasks/actions/action';
import { isolateInterfaces } from '../../../tasks/actions/isolate-interfaces';
import { markIsolated } from '../../../tasks/actions/mark-isolated';
import { deleteUnusedGroups, ensureGroups, findGroups } from '../../../tasks/forensics/isolation-groups';
import { node, nodeStage, nodes } from '../actions/node-stage';

const vpc = 'vpc-0a11111111111111a';
const other = 'i-0a20000000000000b';
const nothing = { egress: [], ingress: [] };
type On = ReturnType<typeof nodeStage>;

async function proposed(on: On, action: Action): Promise<Change[]> {
  return on.follow(action.propose(on.context, on.dossier));
}

const applyAll = (on: On, action: Action, changes: readonly Change[]) =>
  Promise.all(changes.map((change) => action.apply(on.context, change)));

/** Lets so many calls' time go by. */
async function after(on: On, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await on.context.aws.ec2.send(new DescribeVpcsCommand({}));
}

const isolationOf = (on: On, id: string): string[] =>
  [...on.estate.state.interfaces.values()]
    .filter(({ instanceId }) => instanceId === id)
    .flatMap(({ groupIds }) => groupIds.map((group) => on.estate.state.groups.get(group)?.name ?? ''));

describe.each(Array.from({ length: 12 }, (_, calls) => calls))(
  'a release that deletes the groups %i calls later',
  (calls) => {
    test('keeps no interface from being cut off', async () => {
      const on = nodeStage(nodes);
      const { ec2 } = on.context.aws;
      await on.follow(ensureGroups(ec2, vpc, nothing));
      const changes = await proposed(on, isolateInterfaces);
      // The worst of all: a release that sees no mark, such as one of an older version.
      const deletes = after(on, calls).then(async () => {
        const known = await findGroups(ec2, vpc);
        for (const id of known === null ? [] : [known.isolation, known.untrack]) {
          if (![...on.estate.state.interfaces.values()].some(({ groupIds }) => groupIds.includes(id))) {
            on.estate.state.groups.delete(id);
          }
        }
      });
      await on.follow(Promise.all([applyAll(on, isolateInterfaces, changes), deletes]));
      expect(new Set(isolationOf(on, node))).toEqual(new Set(['eks-incident-response-isolation']));
    });

    test('keeps none from being made ready', async () => {
      const on = nodeStage(nodes);
      const { ec2 } = on.context.aws;
      await on.follow(ensureGroups(ec2, vpc, nothing));
      const marks = await proposed(on, markIsolated);
      await on.follow(
        Promise.all([
          applyAll(on, markIsolated, marks),
          after(on, calls).then(() => deleteUnusedGroups(ec2, vpc, other)),
        ]),
      );
      const interfaces = await proposed(on, isolateInterfaces);
      await on.follow(applyAll(on, isolateInterfaces, interfaces));
      expect(new Set(isolationOf(on, node))).toEqual(new Set(['eks-incident-response-isolation']));
    });
  },
);

test('while another node of the VPC is marked, both groups stay', async () => {
  const on = nodeStage(nodes);
  const { ec2 } = on.context.aws;
  await on.follow(applyAll(on, markIsolated, await proposed(on, markIsolated)));
  await on.follow(deleteUnusedGroups(ec2, vpc, other));
  expect(await on.follow(findGroups(ec2, vpc))).not.toBeNull();
});

test('two releases at once leave no group, and neither fails', async () => {
  const on = nodeStage(nodes);
  const { ec2 } = on.context.aws;
  await on.follow(ensureGroups(ec2, vpc, nothing));
  await on.follow(Promise.all([deleteUnusedGroups(ec2, vpc, other), deleteUnusedGroups(ec2, vpc, other)]));
  expect([...on.estate.state.groups.values()].filter(({ name }) => name.startsWith('eks-incident-response'))).toEqual(
    [],
  );
});

test('groups that are made again let through what the plan lets', async () => {
  const on = nodeStage(nodes, {}, { letCollectionThrough: false, forensicHost: '10.99.0.10/32' });
  await on.follow(applyAll(on, isolateInterfaces, await proposed(on, isolateInterfaces)));
  const known = await on.follow(findGroups(on.context.aws.ec2, vpc));
  expect([...on.estate.state.rules.values()].filter(({ groupId }) => groupId === known?.isolation)).toEqual([
    expect.objectContaining({ egress: false, cidrIpv4: '10.99.0.10/32' }),
  ]);
});
