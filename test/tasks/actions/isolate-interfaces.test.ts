import type { EstateDescription } from '../../../replay/estate/description';
import type { Change } from '../../../runbooks/change';
import type { ActionContext } from '../../../tasks/actions/action';
import { isolateInterfaces } from '../../../tasks/actions/isolate-interfaces';
import { markIsolated } from '../../../tasks/actions/mark-isolated';
import { node, nodeStage, nodes } from './node-stage';

const [first, second] = ['eni-0a10000000000001a', 'eni-0a10000000000002a'] as const;
const others = new Set(['i-0a20000000000000b', 'i-0a30000000000000c']);
const last: EstateDescription = {
  ...nodes,
  instances: nodes.instances.map((it) => (others.has(it.id) ? { ...it, impaired: true } : it)),
};

/** The last healthy node of its group, and what is asked of and noted for the nodes that go beside it. */
function stage() {
  const on = nodeStage(last);
  const asked: string[] = [];
  const noted: string[] = [];
  const context: ActionContext = {
    ...on.context,
    leavesOthers: async (group, id) => {
      asked.push(`${group} ${id}`);
      return true;
    },
    goes: async (group, id) => {
      noted.push(`${group} ${id}`);
    },
  };
  const propose = (action = isolateInterfaces): Promise<Change[]> => on.follow(action.propose(context, on.dossier));
  const apply = (changes: readonly Change[], action = isolateInterfaces) =>
    on.follow(Promise.all(changes.map((change) => action.apply(context, change))));
  const asksNow = async (changes: readonly Change[]) =>
    on.follow(isolateInterfaces.asksNow?.(context, changes) ?? Promise.resolve(undefined));
  return { asked, noted, propose, apply, asksNow };
}

test('the last node that people have said yes to counts as going, and they are not asked once more', async () => {
  const { asked, asksNow, noted, propose } = stage();
  const changes = await propose();
  expect(changes.map(({ askBecause }) => askBecause)).toEqual(Array(2).fill(expect.stringContaining('last healthy')));
  expect(await asksNow(changes)).toBeUndefined();
  expect({ asked, noted }).toEqual({ asked: [], noted: [`payments-general ${node}`] });
});

test('the last node that nobody was asked about is not isolated unasked', async () => {
  const { asksNow, noted, propose } = stage();
  const changes = (await propose()).map(({ askBecause: _asked, ...change }) => change);
  expect(await asksNow(changes)).toMatch(/last healthy/);
  expect(noted).toEqual([]);
});

describe('an interface that the last node got since', () => {
  test('is cut off without asking again, once the incident has cut off the node', async () => {
    const { apply, propose } = stage();
    const changes = await propose();
    await apply(await propose(markIsolated), markIsolated);
    await apply(changes.filter(({ target }) => target.id === first));
    const since = await propose();
    expect(since.map(({ target, askBecause }) => [target.id, askBecause])).toEqual([[second, undefined]]);
  });

  test.each([
    [
      'nothing of it is cut off',
      async ({ apply, propose }: ReturnType<typeof stage>) => apply(await propose(markIsolated), markIsolated),
    ],
    [
      'it is not this incident that has cut it off',
      async ({ apply, propose }: ReturnType<typeof stage>) =>
        apply((await propose()).filter(({ target }) => target.id === first)),
    ],
  ])('is asked about while %s', async (_, before) => {
    const on = stage();
    await before(on);
    const since = await on.propose();
    expect(since.map(({ askBecause }) => askBecause)).toEqual(since.map(() => expect.stringContaining('last healthy')));
  });
});
