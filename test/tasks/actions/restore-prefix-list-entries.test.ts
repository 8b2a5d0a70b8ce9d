import { restorePrefixListEntries as action } from '../../../tasks/actions/restore-prefix-list-entries';
import { type Deed, stage, testAction } from './stage';

const list = 'pl-0e10e10e10e10e101';
const modify = (CurrentVersion: number, entries: object): Deed => [
  'ec2:ModifyManagedPrefixList',
  { PrefixListId: list, CurrentVersion, ...entries },
];

testAction(action, [
  {
    name: 'entries that were added, one with host bits',
    deeds: [modify(1, { AddEntries: [{ Cidr: '9.9.9.9/0' }, { Cidr: '203.0.113.7/24' }] })],
    proposes: [`${list}: remove 0.0.0.0/0; remove 203.0.113.0/24`],
    knownFrom: 'event',
    calls: [modify(2, { RemoveEntries: [{ Cidr: '0.0.0.0/0' }, { Cidr: '203.0.113.0/24' }] })],
  },
  {
    name: 'an entry that was removed',
    deeds: [modify(1, { RemoveEntries: [{ Cidr: '192.0.2.0/28' }] })],
    proposes: [`${list}: add 192.0.2.0/28`],
    calls: [modify(2, { AddEntries: [{ Cidr: '192.0.2.0/28' }] })],
  },
  {
    name: 'an entry that was swapped for another',
    deeds: [modify(1, { RemoveEntries: [{ Cidr: '192.0.2.0/28' }], AddEntries: [{ Cidr: '198.51.100.0/25' }] })],
    proposes: [`${list}: remove 198.51.100.0/25; add 192.0.2.0/28`],
    calls: [modify(2, { AddEntries: [{ Cidr: '192.0.2.0/28' }], RemoveEntries: [{ Cidr: '198.51.100.0/25' }] })],
  },
]);

const added = modify(1, { AddEntries: [{ Cidr: '203.0.113.0/24' }] });

test('while its new version is made, it is not said to stand', async () => {
  const { context, dossier, follow, happens } = stage();
  await happens(added);
  const [change] = await follow(action.propose(context, dossier()));
  if (change === undefined) throw new Error('nothing is proposed');
  await follow(action.apply(context, change), false);
  expect(await follow(action.verify(context, change, null), false)).toMatchObject({ state: 'pending' });
});

test('another hand’s version in between is no success', async () => {
  const { context, dossier, estate, follow, happens } = stage();
  await happens(added);
  const [change] = await follow(action.propose(context, dossier()));
  if (change === undefined) throw new Error('nothing is proposed');
  const error = { name: 'PrefixListVersionMismatch', message: 'The prefix list has the incorrect version number.' };
  estate.injectFault({ service: 'ec2', action: 'ModifyManagedPrefixList', error, times: 1 });
  await expect(follow(action.apply(context, change))).rejects.toMatchObject({ name: 'PrefixListVersionMismatch' });
});
