import { readFileSync } from 'node:fs';
import { compilePattern, InvalidEventPattern, isObject } from '../event-patterns/pattern';
import { BadInput } from './bad-input';

type Verdict = 'match' | 'no-match' | 'invalid';

/** Prints one `{"name", "result"}` line for each `{"name", "pattern", "event"}` line of a file. */
export function match(file: string, print: (line: string) => void): void {
  for (const [index, line] of linesOf(file).entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${index + 1}`;
    let read: unknown;
    try {
      read = JSON.parse(line);
    } catch {
      throw new BadInput(`${where}: not JSON; each line is {"name", "pattern", "event"}`);
    }
    if (!isObject(read) || !('pattern' in read) || !('event' in read)) {
      throw new BadInput(`${where}: there is no pattern or no event; each line is {"name", "pattern", "event"}`);
    }
    print(JSON.stringify({ name: read['name'] ?? index + 1, result: verdict(read['pattern'], read['event']) }));
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

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    throw new BadInput(`${file}: there is no such file that can be read; name a file of JSON lines`);
  }
}
