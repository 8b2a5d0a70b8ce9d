import type {
  InternetExposure,
  NetworkAclEntry,
  NetworkEventFacts,
  NetworkTouch,
  SecurityGroupRule,
} from '../../../runbooks/network-change';
import { isEveryAddress, portsOf } from '../../network/addresses';
import { protocolName } from '../../network/protocols';

/** What one change of a network opens. */
export interface Opening {
  readonly opens: InternetExposure;
  readonly direction: NetworkEventFacts['direction'];
  readonly ports: readonly string[];
  /** Names of protocols; `-1` for all. */
  readonly protocols: readonly string[];
  /** The addresses that it lets through, as CIDRs. */
  readonly ranges: readonly string[];
}

interface Effect extends Opening {
  readonly effect: NetworkEventFacts['effect'];
}

export const closed: Opening = { opens: 'no', direction: null, ports: [], protocols: [], ranges: [] };
const nothing: Effect = { ...closed, effect: 'none' };
const unknown: Effect = { ...nothing, opens: 'unknown', effect: 'unknown' };

/** What a change does, by its record alone. */
export function effectOf(touch: NetworkTouch): Effect {
  switch (touch.kind) {
    case 'rule-added':
      return { ...openingOfRule(touch.rule), effect: 'widens' };
    case 'rule-modified':
      // The record does not say which way the rule goes, nor what it was.
      return { ...openingOfRule(touch.rule), direction: null, effect: 'unknown' };
    case 'rule-removed':
      return { ...openingOfRule(touch.rule), opens: 'no', ranges: [], effect: 'narrows' };
    case 'rule-removed-by-id':
      return { ...nothing, effect: 'narrows', direction: touch.direction };
    case 'rule-deviation':
      return { ...unknown, direction: null };
    case 'group-created':
      // Nothing has the group yet; that it lets everything out is what every new group does.
      return nothing;
    case 'group-deleted':
      // Only a group that nothing uses can be deleted.
      return { ...nothing, effect: 'narrows', direction: 'both' };
    case 'group-vpc-associated':
      return { ...unknown, direction: 'both' };
    case 'group-vpc-disassociated':
      return { ...nothing, effect: 'narrows', direction: 'both' };
    case 'prefix-list-modified': {
      const effect =
        touch.added.length > 0 && touch.removed.length > 0
          ? 'mixed'
          : touch.added.length > 0
            ? 'widens'
            : touch.removed.length > 0
              ? 'narrows'
              : 'none';
      // Which ports, and whether in or out, is said by the rules that refer to the list.
      const ranges = touch.added.map(({ cidr }) => cidr);
      return { ...nothing, opens: exposureOf(ranges), ranges, effect, direction: effect === 'none' ? null : 'both' };
    }
    case 'prefix-list-restored':
      return { ...unknown, direction: 'both' };
    case 'acl-created':
      // A new network ACL denies everything and no subnet has it.
      return nothing;
    case 'acl-deleted':
      return nothing;
    case 'acl-entry-created':
      return { ...openingOfEntry(touch.entry), effect: touch.entry.action === 'allow' ? 'widens' : 'narrows' };
    case 'acl-entry-replaced':
      return { ...openingOfEntry(touch.entry), effect: 'unknown' };
    case 'acl-entry-deleted':
      return { ...unknown, direction: touch.egress ? 'egress' : 'ingress' };
    case 'acl-association-replaced':
    case 'control-plane-set':
    case 'interface-groups-set':
    case 'instance-groups-set':
      return { ...unknown, direction: 'both' };
    default:
      return touch satisfies never;
  }
}

export function openingOfRule({ direction, protocol, fromPort, toPort, peer }: SecurityGroupRule): Opening {
  const traffic = { direction, ports: portsOf(protocol, fromPort, toPort), protocols: [protocol] };
  switch (peer.kind) {
    case 'ipv4':
    case 'ipv6':
      return { ...traffic, opens: exposureOf([peer.cidr]), ranges: [peer.cidr] };
    case 'prefix-list':
      // What the list holds is not in the record.
      return { ...traffic, opens: 'unknown', ranges: [] };
    case 'group':
      return { ...traffic, opens: 'no', ranges: [] };
    default:
      return peer satisfies never;
  }
}

export function openingOfEntry({ action, egress, protocol, cidr, fromPort, toPort }: NetworkAclEntry): Opening {
  const name = protocolName(protocol);
  const ranges = action === 'allow' ? [cidr] : [];
  return {
    opens: exposureOf(ranges),
    direction: egress ? 'egress' : 'ingress',
    ports: portsOf(name, fromPort, toPort),
    protocols: [name],
    ranges,
  };
}

export function exposureOf(ranges: readonly string[]): InternetExposure {
  return ranges.some(isEveryAddress) ? 'yes' : 'no';
}

/** Several openings as one. What is open is never hidden by what is not known. */
export function together(openings: readonly Opening[]): Opening {
  const all = <T>(list: (it: Opening) => readonly T[]) => [...new Set(openings.flatMap(list))];
  const exposures = openings.map(({ opens }) => opens);
  const directions = all(({ direction }) => (direction === null ? [] : [direction]));
  const [only = null, ...others] = directions;
  return {
    opens: exposures.includes('yes') ? 'yes' : exposures.includes('unknown') ? 'unknown' : 'no',
    direction: others.length === 0 ? only : 'both',
    ports: sortedPorts(all(({ ports }) => ports)),
    protocols: all(({ protocols }) => protocols).sort(),
    ranges: all(({ ranges }) => ranges),
  };
}

function sortedPorts(ports: readonly string[]): string[] {
  const numbers = (range: string) => (range === 'all' ? [-1, -1] : range.split('-').map(Number));
  return [...ports].sort((a, b) => {
    const [[from = 0, to = 0], [otherFrom = 0, otherTo = 0]] = [numbers(a), numbers(b)];
    return from - otherFrom || to - otherTo;
  });
}

export function overall(effects: readonly NetworkEventFacts['effect'][]): NetworkEventFacts['effect'] {
  const known = new Set(effects.filter((effect) => effect !== 'none'));
  const [only] = known;
  if (known.size === 0) return 'none';
  if (known.has('unknown')) return 'unknown';
  return known.size === 1 && only !== undefined ? only : 'mixed';
}
