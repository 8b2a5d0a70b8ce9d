import * as z from 'zod';
import { chainStart, hashEntry, type ManifestEntry, manifestEntry, type Seal } from '../../runbooks/evidence';
import type { Table } from './table';

const partition = (incidentId: string) => `INCIDENT#${incidentId}`;
const prefix = 'EVIDENCE#';
const sealPrefix = 'SEAL#';
const sortKey = (position: number) => `${prefix}${String(position).padStart(6, '0')}`;
/** An item takes 400 KB; so many entries take a quarter of that. */
const entriesOfAnItem = 100;

const link = z.object({ entries: z.array(manifestEntry) });

/** An entry that has no place in a chain yet. */
export type Unlinked = Omit<ManifestEntry, 'incidentId' | 'sequence' | 'previousHash' | 'hash'>;

/**
 * The chain of custody as it grows: what is entered together is one item, written once, so that whoever enters much keeps
 * nobody waiting who enters little.
 */
export class Chain {
  constructor(private readonly table: Table) {}

  /**
   * Appends entries of one incident in their order, each once: the same object version is not entered twice. Two that
   * append at the same moment both get in, one after the other. Answers how many were new. `read`: the chain, for whoever
   * read it while doing something else.
   */
  async append(incidentId: string, entries: readonly Unlinked[], read?: ManifestEntry[][]): Promise<number> {
    let added = 0;
    let rest = entries;
    let known = read;
    while (rest.length > 0) {
      const links = known ?? (await this.links(incidentId));
      known = undefined;
      const chain = links.flat();
      const fresh = rest.filter(
        (entry) => !chain.some(({ key, sha256 }) => key === entry.key && sha256 === entry.sha256),
      );
      const linked = linkUp(incidentId, chain.at(-1), distinct(fresh).slice(0, entriesOfAnItem));
      if (linked.length === 0) return added;
      const written = await this.table.putIf(
        { pk: partition(incidentId), sk: sortKey(links.length + 1) },
        { entries: linked },
        { when: 'attribute_not_exists(pk)' },
      );
      // Where somebody else was faster, what stands there now is what the next one follows.
      if (!written) continue;
      added += linked.length;
      rest = fresh.length > linked.length ? fresh : [];
    }
    return added;
  }

  /** Notes that the chain as it stands was signed and stored under a name. */
  async noteSeal({ incidentId, entries, lastHash, sealedAt }: Seal, name: string): Promise<void> {
    const key = { pk: partition(incidentId), sk: `${sealPrefix}${name}` };
    await this.table.put(key, { incidentId, entries, lastHash, sealedAt });
  }

  /** Whether anything of it is under seal. */
  async isSealed(incidentId: string): Promise<boolean> {
    return (await this.table.list(partition(incidentId), sealPrefix)).length > 0;
  }

  async entries(incidentId: string): Promise<ManifestEntry[]> {
    return (await this.links(incidentId)).flat();
  }

  /** The entries, by the items in which they were entered together. */
  async links(incidentId: string): Promise<ManifestEntry[][]> {
    return (await this.table.list(partition(incidentId), prefix)).map((item) => link.parse(item).entries);
  }
}

function distinct(entries: readonly Unlinked[]): Unlinked[] {
  return [...new Map(entries.map((entry) => [`${entry.key} ${entry.sha256}`, entry])).values()];
}

function linkUp(incidentId: string, last: ManifestEntry | undefined, entries: readonly Unlinked[]): ManifestEntry[] {
  let [sequence, previousHash] = [last?.sequence ?? 0, last?.hash ?? chainStart(incidentId)];
  return entries.map((entry) => {
    const linked = { ...entry, incidentId, sequence: ++sequence, previousHash };
    const complete = { ...linked, hash: hashEntry(linked) };
    previousHash = complete.hash;
    return complete;
  });
}
