import type { EstateDescription } from '../../../replay/estate/description';
import { withdrawClusterAccess as action } from '../../../tasks/actions/withdraw-cluster-access';
import { node, nodeStage, nodes } from './node-stage';

const arn = 'arn:aws:iam::111122223333:role/payments-node';
/** The same account where no other instance has the node's profile. */
const alone: EstateDescription = {
  ...nodes,
  instances: nodes.instances.map(({ profile, ...it }) => (it.id === node ? { ...it, profile } : it)),
};
const wholeRole = { revokeSessions: 'whole-role' };
const proposeFor = async (description: EstateDescription, settings: Record<string, string>) => {
  const { context, dossier, estate, follow } = nodeStage(description, {}, settings);
  const changes = await follow(action.propose(context, dossier));
  return { changes, context, estate, follow };
};

test('a role that only this node has loses its access, and gets exactly that back', async () => {
  const { changes, context, estate, follow } = await proposeFor(alone, wholeRole);
  expect(changes.map(({ line }) => line)).toEqual([`payments: delete the access entry of ${arn} (system:nodes)`]);
  const entries = () => structuredClone(estate.state.clusters.get('payments')?.accessEntries);
  const before = entries();
  for (const change of changes) await follow(action.apply(context, change));
  expect(Object.keys(entries() ?? {})).not.toContain(arn);
  for (const change of changes.flatMap((it) => action.undo(it) ?? [])) await follow(action.apply(context, change));
  expect(entries()).toEqual(before);
});

test('a role by which others are nodes keeps it, and that is said', async () => {
  const { changes, context } = await proposeFor(nodes, wholeRole);
  expect(changes).toEqual([]);
  expect([...context.left]).toEqual([expect.stringContaining('payments-node keeps its access to payments: 7 other')]);
});

test('where only this node’s sessions count as stolen, nothing is asked', async () => {
  const { changes, context } = await proposeFor(alone, { revokeSessions: 'this-node' });
  expect([changes, [...context.left]]).toEqual([[], []]);
});

test('of a cluster that knows principals by its ConfigMap it is said that nobody looked there', async () => {
  const clusters = alone.clusters.map((it) => ({
    ...it,
    authenticationMode: 'CONFIG_MAP' as const,
    accessEntries: [],
  }));
  const { changes, context } = await proposeFor({ ...alone, clusters }, wholeRole);
  expect(changes).toEqual([]);
  expect([...context.problems]).toEqual([expect.stringContaining('look there for payments-node')]);
});

test('that EKS does not answer stops nothing else', async () => {
  const { context, dossier, estate, follow } = nodeStage(alone, {}, wholeRole);
  const error = { name: 'ServerException', message: 'not now' };
  estate.injectFault({ service: 'eks', action: 'DescribeCluster', error });
  expect(await follow(action.propose(context, dossier))).toEqual([]);
  expect([...context.problems]).toEqual(['who has access to the cluster was not looked at: ServerException: not now']);
});
