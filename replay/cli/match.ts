import { compilePattern, InvalidEventPattern, isObject } from '../event-patterns/pattern';
import { BadInput } from './bad-input';
import { linesOf } from './json-lines';

type Verdict = 'match' | 'no-match' | 'invalid';

/** Prints one `{"name", "result"}` line for each `{"name", "pattern", "event"}` line of a file. */
export function match(file: string, print: (line: string) => void): void {
  for (const { where, number, text } of linesOf(file)) {
    let read: unknown;
    try {
      read = JSON.parse(text);
    } catch {
      throw new BadInput(`${where}: not JSON; each line is {"name", "pattern", "event"}`);
    }
    if (!isObject(read) || !('pattern' in read) || !('event' in read)) {
      throw new BadInput(`${where}: there is no pattern or no event; each line is {"name", "pattern", "event"}`);
    }
    print(JSON.stringify({ name: read['name'] ?? number, result: verdict(read['pattern'], read['event']) }));
  }
}

function verdict(pattern: unknown, event: unknown): Verdict {
  try {
    return compilePattern(pattern).matches(event) ? 'match' : 'no-match';
  } catch (error) {
    if (error instanceof InvalidEventPattern) return 'invalid';
    throw error;
  }
}
