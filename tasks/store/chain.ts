import { chainStart, hashEntry, type ManifestEntry, manifestEntry } from '../../runbooks/evidence';
import type { Table } from './table';

const partition = (incidentId: string) => `INCIDENT#${incidentId}`;
const prefix = 'EVIDENCE#';
const sortKey = (sequence: number) => `${prefix}${String(sequence).padStart(6, '0')}`;

/** The chain of custody as it grows: one item an entry, each position written once. */
export class Chain {
  constructor(private readonly table: Table) {}

  /**
   * Appends an entry, once: the same object version is not entered twice. Two that append at the same moment both get in,
   * one after the other.
   */
  async append(entry: Omit<ManifestEntry, 'sequence' | 'previousHash' | 'hash'>): Promise<ManifestEntry> {
    for (;;) {
      const entries = await this.entries(entry.incidentId);
      const already = entries.find(({ key, sha256 }) => key === entry.key && sha256 === entry.sha256);
      if (already !== undefined) return already;
      const last = entries.at(-1);
      const linked = {
        ...entry,
        sequence: (last?.sequence ?? 0) + 1,
        previousHash: last?.hash ?? chainStart(entry.incidentId),
      };
      const complete = { ...linked, hash: hashEntry(linked) };
      const written = await this.table.putIf(
        { pk: partition(entry.incidentId), sk: sortKey(complete.sequence) },
        complete,
        { when: 'attribute_not_exists(pk)' },
      );
      if (written) return complete;
    }
  }

  async entries(incidentId: string): Promise<ManifestEntry[]> {
    return (await this.table.list(partition(incidentId), prefix)).map((item) => {
      const { pk: _pk, sk: _sk, ...entry } = item;
      return manifestEntry.parse(entry);
    });
  }
}
