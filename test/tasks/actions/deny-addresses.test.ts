import type { EstateDescription } from '../../../replay/estate/description';
import { denyAddresses as action } from '../../../tasks/actions/deny-addresses';
import { nodeStage, nodes } from './node-stage';

type Entries = EstateDescription['networkAcls'][number]['entries'];
const everybody = (number: number, direction: 'ingress' | 'egress') => ({
  ...{ number, direction, action: 'allow' as const, protocol: '-1', cidr: '0.0.0.0/0' },
});
const denied = (number: number, cidr: string) => ({
  ...{ number, direction: 'ingress' as const, action: 'deny' as const, protocol: '-1', cidr },
});

/** What is proposed for addresses where the node's subnets have a network ACL with these entries. */
async function proposeFor(addresses: readonly string[], entries: Entries) {
  const networkAcls = nodes.networkAcls.map((acl) => ({ ...acl, entries }));
  const { context, dossier, follow } = nodeStage({ ...nodes, networkAcls }, { addresses: [...addresses] });
  const changes = await follow(action.propose(context, dossier));
  const places = changes.flatMap(
    ({ after }) => (after as { entries: { ruleNumber: number; egress: boolean; entry: { cidr: string } }[] }).entries,
  );
  return {
    places: places.map((it) => `${it.egress ? 'egress' : 'ingress'} ${it.ruleNumber} ${it.entry.cidr}`),
    left: [...context.left],
  };
}

const open = [everybody(100, 'ingress'), everybody(100, 'egress')];
const pool = '198.51.100.23';

test.each<[string, string[], Entries, string[]]>([
  ['an address, both ways', [pool], open, [`ingress 1 ${pool}/32`, `egress 1 ${pool}/32`]],
  ['an IPv6 address', ['2001:db8::17'], open, ['ingress 1 2001:db8::17/128', 'egress 1 2001:db8::17/128']],
  ['an IPv4 address in IPv6', [`::ffff:${pool}`], open, [`ingress 1 ${pool}/32`, `egress 1 ${pool}/32`]],
  [
    'what takes the next free numbers',
    [pool],
    [denied(1, '192.0.2.0/24'), ...open],
    [`ingress 2 ${pool}/32`, `egress 1 ${pool}/32`],
  ],
  ['one way what is denied the other way', [pool], [denied(7, '198.51.100.0/24'), ...open], [`egress 1 ${pool}/32`]],
  ['only where something lets it through', [pool], [everybody(100, 'ingress')], [`ingress 1 ${pool}/32`]],
])('denies %s', async (_, addresses, entries, places) => {
  expect(await proposeFor(addresses, entries)).toEqual({ places, left: [] });
});

test.each([
  ['0.0.0.0', 'no address of the internet'],
  ['10.1.2.3', 'no address of the internet'],
  ['100.64.0.1', 'no address of the internet'],
  ['127.0.0.1', 'no address of the internet'],
  ['169.254.169.253', 'no address of the internet'],
  ['224.0.0.1', 'no address of the internet'],
  ['::', 'no address of the internet'],
  ['fd00:ec2::253', 'no address of the internet'],
  ['::ffff:10.1.2.3', 'no address of the internet'],
])('never denies %s, and says so', async (address, words) => {
  const { places, left } = await proposeFor([address], open);
  expect({ places, left }).toEqual({ places: [], left: [expect.stringContaining(`${address} is not denied`)] });
  expect(left[0]).toContain(words);
});

test.each<[string, Entries]>([
  ['the first allow stands first', [everybody(1, 'ingress')]],
  [
    'the quota is reached',
    [...Array.from({ length: 18 }, (_, at) => denied(at + 1, '192.0.2.0/24')), everybody(100, 'ingress')],
  ],
])('says that there is no place for it where %s', async (_, entries) => {
  const { places, left } = await proposeFor([pool], entries);
  expect(places).toEqual([]);
  expect(left).toEqual([expect.stringContaining('no place left before its first allow')]);
});
