import { categories } from '../../tasks/categories/registry';
import type { Event } from '../../tasks/triage/event';
import { BadEvent, explainEvent } from '../../tasks/triage/explain';
import { workflows } from '../../workflows/registry';
import { compilePattern } from '../event-patterns/pattern';
import { BadInput } from './bad-input';
import { readEvents } from './read-events';

/**
 * Prints where each event of a file would go and why, one JSON line an event, by the patterns that the rules are made of.
 *
 * @throws BadInput, after all others have been explained, where some are no events
 */
export function explain(file: string, print: (line: string) => void): void {
  const routes = workflows.map(({ id, pattern }) => ({ category: id, pattern: compilePattern(pattern) }));
  const categoriesOf = (event: Event) =>
    routes.filter(({ pattern }) => pattern.matches(event)).map(({ category }) => category);
  const readers = categories.map(({ reader }) => reader);
  const refused: string[] = [];
  for (const { event, where } of readEvents(file)) {
    try {
      print(JSON.stringify(explainEvent(event, categoriesOf, readers)));
    } catch (error) {
      if (!(error instanceof BadEvent)) throw error;
      refused.push(`${where}: ${error.message}`);
    }
  }
  const [first, ...others] = refused;
  if (first !== undefined) throw new BadInput(others.length === 0 ? first : `${first} (and ${others.length} more)`);
}
