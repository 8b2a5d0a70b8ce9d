import { chainStart, hashEntry, type ManifestEntry, manifestEntry } from '../../runbooks/evidence';
import type { Table } from './table';

const partition = (incidentId: string) => `INCIDENT#${incidentId}`;
const prefix = 'EVIDENCE#';
const sortKey = (sequence: number) => `${prefix}${String(sequence).padStart(6, '0')}`;

/** An entry that has no place in a chain yet. */
export type Unlinked = Omit<ManifestEntry, 'incidentId' | 'sequence' | 'previousHash' | 'hash'>;

/** The chain of custody as it grows: one item an entry, each position written once. */
export class Chain {
  constructor(private readonly table: Table) {}

  /**
   * Appends entries of one incident in their order, each once: the same object version is not entered twice. Two that
   * append at the same moment both get in, one after the other. Answers how many were new.
   */
  async append(incidentId: string, entries: readonly Unlinked[]): Promise<number> {
    let chain = await this.entries(incidentId);
    let added = 0;
    for (const entry of entries) {
      while (!chain.some(({ key, sha256 }) => key === entry.key && sha256 === entry.sha256)) {
        const last = chain.at(-1);
        const linked = {
          ...entry,
          incidentId,
          sequence: (last?.sequence ?? 0) + 1,
          previousHash: last?.hash ?? chainStart(incidentId),
        };
        const complete = { ...linked, hash: hashEntry(linked) };
        const written = await this.table.putIf(
          { pk: partition(incidentId), sk: sortKey(complete.sequence) },
          complete,
          { when: 'attribute_not_exists(pk)' },
        );
        // Somebody else was faster: what stands there now is what the next one follows.
        if (!written) {
          chain = await this.entries(incidentId);
          continue;
        }
        chain.push(complete);
        added++;
      }
    }
    return added;
  }

  async entries(incidentId: string): Promise<ManifestEntry[]> {
    return (await this.table.list(partition(incidentId), prefix)).map((item) => {
      const { pk: _pk, sk: _sk, ...entry } = item;
      return manifestEntry.parse(entry);
    });
  }
}
