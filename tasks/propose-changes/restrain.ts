import type { Change } from '../../runbooks/change';
import type { Mode } from '../../runbooks/decision';

export interface Restraint {
  readonly mode: Mode;
  /** Why a human is asked or nothing is done, whatever the plan says; null where it goes as the plan says. */
  readonly because: string | null;
}

/**
 * What becomes of the mode that the plan asks for: never more than that, and less where the brake is on, where a cap is
 * reached, where nobody knows what stood before or whether a cluster is touched at all, or where there is no way back.
 */
export function restrain(it: {
  readonly mode: Mode;
  readonly changes: readonly Change[];
  readonly braked: string | null;
  readonly withinCap: boolean;
  /** Whether it is known which clusters the incident touches. */
  readonly scopeKnown: boolean;
}): Restraint {
  if (it.braked !== null) return { mode: 'observe', because: `Observe-only mode is on: ${it.braked}` };
  const ask = it.changes.find(({ askBecause }) => askBecause !== undefined)?.askBecause;
  // Who is asked anyway decides on that as well.
  if (it.mode !== 'automatic') return { mode: it.mode, because: ask ?? null };
  if (it.changes.some(({ reversible }) => !reversible)) {
    return { mode: 'approval', because: 'It cannot be undone, so it is not done automatically.' };
  }
  if (it.changes.some(({ knownFrom }) => knownFrom === 'recommended-minimum')) {
    return { mode: 'approval', because: 'Nobody knows what stood before, so it is not done automatically.' };
  }
  if (!it.scopeKnown) {
    return {
      mode: 'approval',
      because: 'Which clusters it touches could not be read, so it is not done automatically.',
    };
  }
  if (ask !== undefined) return { mode: 'approval', because: ask };
  if (!it.withinCap) {
    return {
      mode: 'approval',
      because: 'The plan’s cap on automatic changes of this cluster within an hour is reached.',
    };
  }
  return { mode: 'automatic', because: null };
}
