import { type Change, hashChangeSet, type LedgerEntry } from '../../runbooks/change';
import { isolationOf } from '../actions/isolate-interfaces';
import type { Deps } from '../deps';
import { type Allowance, cutOff, ensureGroups, findGroups } from '../forensics/isolation-groups';
import { type Node, readNodeInterfaces } from '../forensics/node';
import { intend } from '../intend';
import { settleLedger } from '../settle-ledger';

/**
 * Cuts off the interfaces that an isolated node has got since: the VPC CNI attaches more whenever pods need addresses. Each
 * is a change in the incident's ledger, as those are that were there before, and is taken back like them. Groups that somebody
 * has deleted are made again, and let through what the isolation does. Answers the ids of the interfaces, and of which
 * nobody knows what they had.
 */
export async function cutOffLate(
  deps: Pick<Deps, 'aws' | 'store' | 'kubernetes' | 'now'>,
  incidentId: string,
  node: Pick<Node, 'id' | 'vpcId'>,
  allows: Allowance,
): Promise<{ readonly cutOff: string[]; readonly unknown: string[] }> {
  const { ec2 } = deps.aws;
  const ensure = () => ensureGroups(ec2, node.vpcId, allows);
  const [known, interfaces, ledger] = await Promise.all([
    findGroups(ec2, node.vpcId).then((groups) => groups ?? ensure()),
    readNodeInterfaces(ec2, node.id),
    deps.store.ledger.all(incidentId),
  ]);
  const { isolation, untrack } = known;
  const late = interfaces.filter(({ groupIds }) => groupIds.length !== 1 || groupIds[0] !== isolation);
  const looks = late.map(async ({ id, groupIds }) => {
    const groups = groupIds.filter((group) => group !== isolation && group !== untrack).sort();
    const entry = await entryOf(deps, incidentId, ledger, isolationOf(node, { id, groups }), groups.length > 0);
    await cutOff(ec2, id, known, ensure);
    if (entry === null) return [id];
    await settleLedger([entry], deps);
    return [];
  });
  return { unknown: (await Promise.all(looks)).flat(), cutOff: late.map(({ id }) => id) };
}

/**
 * What the ledger has of an interface that is to be cut off. One that was cut off before and let in again by somebody else
 * keeps the entry that it has: what stood before the isolation is given back, not what somebody made of it since.
 */
async function entryOf(
  deps: Pick<Deps, 'store' | 'now'>,
  incidentId: string,
  ledger: readonly LedgerEntry[],
  change: Change,
  hadGroups: boolean,
): Promise<LedgerEntry | null> {
  const entered = ledger.filter((it) => it.change.id === change.id);
  const standing = entered.findLast(({ state }) => state !== 'undone');
  if (standing !== undefined) return standing;
  if (!hadGroups) return null;
  const set = { incidentId, purpose: 'contain' as const, round: entered.length + 1, changes: [change] };
  const hash = hashChangeSet(set);
  await deps.store.ledger.propose({ ...set, hash });
  return intend(deps, { incidentId, changeSetHash: hash, position: 0, change, fence: 0 });
}
