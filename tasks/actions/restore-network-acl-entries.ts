import type { Change } from '../../runbooks/change';
import type { NetworkAclEntry, NetworkTouch } from '../../runbooks/network-change';
import { filter, ownerByTags, readNetworkAcls } from '../aws/network';
import { isEveryAddress } from '../network/addresses';
import { type ClusterTraffic, clusterTrafficOf } from '../network/cluster-traffic';
import { carriedBy, deniesCluster } from '../network/network-acls';
import { readForProposal } from '../network/permissions';
import { readPrior } from '../network/prior';
import { networkAclState } from '../network/state';
import { describeEntry } from '../network/wording';
import { sameState } from '../same-state';
import type { Action, ActionContext } from './action';
import { networkAclPlaces, type Place, standing, writeNetworkAcls } from './network-acl-places';
import { touchesOf } from './touches';

/** Takes back what stands in the touched places of a network ACL. */
export const restoreNetworkAclEntries: Action = {
  id: 'restore-network-acl-entries',
  description:
    'Deletes the entries that were created in a network ACL and puts back those that were replaced or deleted',
  permissions: {
    read: readForProposal,
    write: [writeNetworkAcls],
  },

  async propose(context, dossier) {
    const acls = new Map<string, { touch: EntryTouch; time: string }[]>();
    for (const { touch, time } of touchesOf(dossier)) {
      if (!isEntryTouch(touch)) continue;
      acls.set(touch.networkAclId, [...(acls.get(touch.networkAclId) ?? []), { touch, time }]);
    }
    const changes = [];
    for (const [id, touches] of acls) {
      const change = await proposeFor(context, id, touches);
      if (change !== null) changes.push(change);
    }
    return changes;
  },

  ...networkAclPlaces,
};

type EntryTouch = Extract<NetworkTouch, { kind: `acl-entry-${string}` }>;

function isEntryTouch(touch: NetworkTouch): touch is EntryTouch {
  return touch.kind.startsWith('acl-entry-');
}

async function proposeFor(
  context: ActionContext,
  networkAclId: string,
  touches: readonly { touch: EntryTouch; time: string }[],
): Promise<Change | null> {
  const [acl] = await readNetworkAcls(context.aws.ec2, filter('network-acl-id', [networkAclId]));
  if (acl === undefined) return null;
  const target = { type: 'AWS::EC2::NetworkAcl', id: networkAclId };
  const since = touches[0]?.time ?? '';
  const prior = touches.some(({ touch }) => touch.kind !== 'acl-entry-created')
    ? await readPrior(context, target, since, networkAclState)
    : null;

  const wanted = new Map<string, Place>();
  const warnings: string[] = [];
  let knownFrom: Change['knownFrom'] = prior?.from ?? 'event';
  const seen = new Set<string>();
  for (const { touch } of touches) {
    const { ruleNumber, egress } = touch.kind === 'acl-entry-deleted' ? touch : touch.entry;
    const key = `${egress} ${ruleNumber}`;
    // What stood before is what stood before the first of them.
    if (seen.has(key)) continue;
    seen.add(key);
    if (touch.kind === 'acl-entry-created') {
      wanted.set(key, { ruleNumber, egress, entry: null });
      continue;
    }
    const was = prior?.state.entries.find((it) => it.ruleNumber === ruleNumber && it.egress === egress);
    const reopens = was !== undefined && opens(was) && !acl.entries.some((it) => sameState(it, was));
    if (was !== undefined && !reopens) {
      wanted.set(key, { ruleNumber, egress, entry: was });
      continue;
    }
    const why = reopens
      ? `Not put back, because it lets every address in: ${describeEntry(was)} of ${networkAclId}`
      : `Nobody knows what entry ${ruleNumber} (${egress ? 'egress' : 'ingress'}) of ${networkAclId} was before`;
    const safe = safest(acl.entries, { ruleNumber, egress });
    if (safe === null) {
      context.left.add(`${why}, and nothing can be offered in its place: compare the network ACL with what you need.`);
    } else {
      wanted.set(key, safe);
      knownFrom = 'recommended-minimum';
      warnings.push(`${why}: this is the safe side of it. Compare it with what you need.`);
    }
  }

  const places = [...wanted.values()].sort(
    (a, b) => Number(a.egress) - Number(b.egress) || a.ruleNumber - b.ruleNumber,
  );
  const differing = places.filter((it) => !sameState(standing(acl.entries, it).entry, it.entry));
  if (differing.length === 0) return null;
  const owner = ownerByTags(acl.tags);
  if (owner !== null) warnings.push(`${owner} made this network ACL and may change it again at its next run.`);
  return {
    id: `restore-network-acl-entries:${networkAclId}`,
    action: 'restore-network-acl-entries',
    target,
    before: { entries: differing.map((it) => standing(acl.entries, it)) },
    after: { entries: differing },
    line: `${networkAclId}: ${differing.map((it) => describe(standing(acl.entries, it).entry, it.entry)).join('; ')}`,
    reversible: true,
    knownFrom,
    owner,
    warnings,
  };
}

/**
 * What a place should hold where nobody knows what it held: the deny of what an entry opens, or nothing; nothing instead of a
 * deny that cuts the cluster off, or its allow where no other entry has it. Null where the entry does neither of the two,
 * and where the cluster would lose by it.
 */
function safest(entries: readonly NetworkAclEntry[], place: Pick<Place, 'ruleNumber' | 'egress'>): Place | null {
  const now = entries.find((it) => it.ruleNumber === place.ruleNumber && it.egress === place.egress);
  if (now === undefined) return null;
  const others = entries.filter((it) => it !== now);
  const without = { ...place, entry: null };
  const carries = (after: readonly NetworkAclEntry[], wanted: readonly ClusterTraffic[]) => {
    const carried = carriedBy(after, place.egress ? 'egress' : 'ingress');
    return wanted.every((needed) => carried.includes(needed));
  };
  if (opens(now)) {
    const denied: NetworkAclEntry = { ...now, action: 'deny' };
    const needed = carriedBy(entries, 'ingress');
    if (carries([...others, denied], needed)) return { ...place, entry: denied };
    return carries(others, needed) ? without : null;
  }
  if (!deniesCluster(now)) return null;
  return carries(others, clusterTrafficOf(now)) ? without : { ...place, entry: { ...now, action: 'allow' } };
}

/** A lone allow for everybody on all ports is a subnet's ordinary network ACL; on named ports it is an opening. */
function opens({ action, egress, cidr, fromPort }: NetworkAclEntry): boolean {
  return action === 'allow' && !egress && isEveryAddress(cidr) && fromPort !== null;
}

function describe(now: NetworkAclEntry | null, then: NetworkAclEntry | null): string {
  if (then === null) return now === null ? 'nothing' : `delete ${describeEntry(now)}`;
  return now === null ? `create ${describeEntry(then)}` : `replace ${describeEntry(now)} by ${describeEntry(then)}`;
}
