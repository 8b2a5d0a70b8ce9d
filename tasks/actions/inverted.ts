import type { Change } from '../../runbooks/change';

/** The same change turned round: what `release` applies. */
export function inverted({ askBecause: _asked, ...change }: Change): Change {
  return {
    ...change,
    id: `undo:${change.id}`,
    before: change.after,
    after: change.before,
    line: `undo ${change.line}`,
    knownFrom: 'ledger',
    warnings: [],
  };
}
