import { type ChangeSet, changeSet, type LedgerEntry, type LedgerState, ledgerEntry } from '../../runbooks/change';
import type { Resource } from '../../runbooks/incident';
import { RecordMissing } from '../errors';
import type { Key, Table } from './table';

const partition = (incidentId: string) => `INCIDENT#${incidentId}`;
const setKey = (incidentId: string, hash: string): Key => ({ pk: partition(incidentId), sk: `CHANGESET#${hash}` });
const entryPrefix = (hash: string) => `LEDGER#${hash}#`;
const entryKey = (entry: Pick<LedgerEntry, 'incidentId' | 'changeSetHash' | 'position'>): Key => ({
  pk: partition(entry.incidentId),
  sk: `${entryPrefix(entry.changeSetHash)}${String(entry.position).padStart(4, '0')}`,
});

/** What was proposed, and what was done of it: the intent of every change is here before its first call. */
export class Ledger {
  constructor(private readonly table: Table) {}

  async propose(set: ChangeSet): Promise<void> {
    await this.table.put(setKey(set.incidentId, set.hash), set);
  }

  async proposal(incidentId: string, hash: string): Promise<ChangeSet> {
    const item = await this.table.get(setKey(incidentId, hash));
    if (item === null) throw new RecordMissing(`change set ${hash} of incident ${incidentId} is not in the store`);
    const { pk: _pk, sk: _sk, ...set } = item;
    return changeSet.parse(set);
  }

  /** Writes the intent unless the change is in the ledger already. Answers how it stands. */
  async intend(entry: LedgerEntry): Promise<LedgerEntry> {
    if (await this.table.putIf(entryKey(entry), entry, { when: 'attribute_not_exists(pk)' })) return entry;
    const item = await this.table.get(entryKey(entry));
    return parse(item ?? entry);
  }

  async move(
    entry: Pick<LedgerEntry, 'incidentId' | 'changeSetHash' | 'position'>,
    state: LedgerState,
    at: string,
    failure: string | null = null,
    reference: string | null = null,
  ): Promise<void> {
    // What AWS calls the work stays known whatever becomes of it.
    const also = reference === null ? '' : ', #reference = :reference';
    await this.table.update(entryKey(entry), `SET #state = :state, #at = :at, failure = :failure${also}`, {
      when: 'attribute_exists(pk)',
      names: { '#state': 'state', '#at': 'at', ...(reference === null ? {} : { '#reference': 'reference' }) },
      values: {
        ':state': state,
        ':at': at,
        ':failure': failure,
        ...(reference === null ? {} : { ':reference': reference }),
      },
    });
  }

  /** The changes of one set in the order in which they were to be applied. */
  async entries(incidentId: string, hash: string): Promise<LedgerEntry[]> {
    return (await this.table.list(partition(incidentId), entryPrefix(hash))).map(parse);
  }

  /** Every change that the incident ever intended, in the order in which it was. */
  async all(incidentId: string): Promise<LedgerEntry[]> {
    const entries = (await this.table.list(partition(incidentId), 'LEDGER#')).map(parse);
    const begun = new Map<string, string>();
    for (const { changeSetHash, intendedAt } of entries) {
      const earliest = begun.get(changeSetHash);
      if (earliest === undefined || intendedAt < earliest) begun.set(changeSetHash, intendedAt);
    }
    const when = ({ changeSetHash }: LedgerEntry) => begun.get(changeSetHash) ?? '';
    return entries.sort(
      (a, b) => compare(when(a), when(b)) || compare(a.changeSetHash, b.changeSetHash) || a.position - b.position,
    );
  }

  /** Notes that a change to the target is ours, before its first call: what our own roles do can be matched with it. */
  async noteIntent(target: Resource, incidentId: string, at: string, forgetAt: number): Promise<void> {
    await this.table.put(
      { pk: `INTENT#${target.type}#${target.id}`, sk: `${at}#${incidentId}` },
      { incidentId, at, ttl: forgetAt },
    );
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parse(item: Record<string, unknown>): LedgerEntry {
  const { pk: _pk, sk: _sk, ...entry } = item;
  return ledgerEntry.parse(entry);
}
