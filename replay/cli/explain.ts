import { categories } from '../../tasks/categories/registry';
import type { Event } from '../../tasks/triage/event';
import { BadEvent, explainEvent } from '../../tasks/triage/explain';
import { workflows } from '../../workflows/registry';
import { compilePattern } from '../event-patterns/pattern';
import { deployedStack } from '../world/world';
import { BadInput } from './bad-input';
import { readEvents } from './read-events';

/** Prints where each event of a file would go and why, one JSON line an event, by the rules that are synthesized. */
export function explain(file: string, print: (line: string) => void): void {
  const events = readEvents(file);
  const { rules } = deployedStack({ account: '111122223333', region: 'eu-central-1', partition: 'aws' });
  const routes = rules.map(({ logicalId, pattern }) => ({
    category: workflows.find(({ id }) => `${pascal(id)}Rule` === logicalId)?.id ?? logicalId,
    pattern: compilePattern(pattern),
  }));
  const categoriesOf = (event: Event) =>
    routes.filter(({ pattern }) => pattern.matches(event)).map(({ category }) => category);
  const readers = categories.map(({ reader }) => reader);
  for (const { event, where } of events) {
    try {
      print(JSON.stringify(explainEvent(event, categoriesOf, readers)));
    } catch (error) {
      if (error instanceof BadEvent) throw new BadInput(`${where}: ${error.message}`);
      throw error;
    }
  }
}

function pascal(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
