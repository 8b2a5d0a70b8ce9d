import type { EvidenceCall } from '../../runbooks/evidence';
import { withCalls } from '../aws/observed-calls';
import type { Deps } from '../deps';
import type { Dossier } from '../dossier';
import { errorName } from '../errors';
import type { Piece as StoredPiece } from '../evidence';

/** One kind of evidence: what it is called, and how it is had. Null: there is none of it here. */
export interface Piece {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly collect: () => Promise<unknown>;
  /** Calls that were made for it before it is collected. */
  readonly calls?: readonly EvidenceCall[];
}

/**
 * Collects pieces beside each other and enters them in their order, after those that are stored already. One that cannot be
 * had never stops the others: it is a problem that the record names. Answers how many are new.
 */
export async function keepPieces(
  deps: Deps,
  { incidentId, events }: Pick<Dossier, 'incidentId' | 'events'>,
  pieces: readonly Piece[],
  collectedBy: string,
  { stored = [], problems = [] }: { readonly stored?: readonly StoredPiece[]; readonly problems?: string[] } = {},
): Promise<{ entries: number; problems: string[] }> {
  const kept = pieces.map(async ({ kind, name, description, collect, calls: before = [] }) => {
    try {
      const { value, calls } = await withCalls(collect);
      if (value === null) return [];
      const key = `incidents/${incidentId}/version-${events.length}/${name}.json`;
      return [{ kind, description, object: await deps.evidence.write(key, value), calls: [...before, ...calls] }];
    } catch (error) {
      problems.push(`${description}: ${errorName(error)}`);
      return [];
    }
  });
  const entries = await deps.evidence.enter(incidentId, [...stored, ...(await Promise.all(kept)).flat()], collectedBy);
  const missing = problems.sort().map((problem) => `evidence: ${problem}`);
  await deps.store.incidents.noteProblems(incidentId, missing);
  return { entries, problems };
}
