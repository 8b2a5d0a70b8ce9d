import type { NetworkAclEntry } from '../../runbooks/network-change';
import { isEveryAddress } from './addresses';
import { type ClusterTraffic, clusterTraffic, clusterTrafficOf } from './cluster-traffic';

/** The entries of one direction in the order in which they are asked: the first that fits decides. */
export function entriesOf(entries: readonly NetworkAclEntry[], direction: 'ingress' | 'egress'): NetworkAclEntry[] {
  return entries
    .filter(({ egress }) => egress === (direction === 'egress'))
    .sort((a, b) => a.ruleNumber - b.ruleNumber);
}

/** Whether it denies everybody, or private addresses as clusters have them, what control plane and nodes say to each other. */
export function deniesCluster(entry: NetworkAclEntry): boolean {
  return clusterTraffic.some((needed) => denies(entry, needed));
}

function denies(entry: NetworkAclEntry, needed: ClusterTraffic): boolean {
  const { action, cidr } = entry;
  if (action !== 'deny') return false;
  const wide = isEveryAddress(cidr) || /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\.[\d.]+\/(8|9|1\d)$/.test(cidr);
  return wide && clusterTrafficOf(entry).includes(needed);
}

/** Whether in one direction nothing comes through, or something is denied that a cluster needs: its nodes are cut off. */
export function isShut(entries: readonly NetworkAclEntry[]): boolean {
  return (['ingress', 'egress'] as const).some((direction) => {
    const ordered = entriesOf(entries, direction);
    const shut = ordered.every(({ action }) => action === 'deny');
    return shut || clusterTraffic.some((needed) => decidesOn(ordered, needed)?.action === 'deny');
  });
}

/** What of the cluster's traffic comes through in one direction, from somewhere at least. */
export function carriedBy(entries: readonly NetworkAclEntry[], direction: 'ingress' | 'egress'): ClusterTraffic[] {
  const ordered = entriesOf(entries, direction);
  return clusterTraffic.filter((needed) => decidesOn(ordered, needed)?.action === 'allow');
}

function decidesOn(ordered: readonly NetworkAclEntry[], needed: ClusterTraffic): NetworkAclEntry | undefined {
  return ordered.find(
    (entry) => denies(entry, needed) || (entry.action === 'allow' && clusterTrafficOf(entry).includes(needed)),
  );
}
