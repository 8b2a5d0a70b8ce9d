import { Cancelled, isCatchable, StateError } from './errors';
import type { Thread } from './execution';
import type { Json } from './json';
import type { Machine } from './machine';
import { Scope } from './scope';
import type { Visit } from './visit';

/** One branch of a Parallel, or one iteration of a Map. */
interface Line {
  readonly machine: Machine;
  readonly input: Json;
  /** The event that its first one follows. */
  readonly previous: number;
  readonly mapItem: Thread['mapItem'];
}

interface Lines {
  readonly count: number;
  /** How many may run at a time. */
  readonly limit: number;
  /** Begins a line; `previous` is the last event of the one in whose place it runs. */
  readonly line: (index: number, previous: number) => Line;
  readonly succeeded?: (index: number, previous: number) => number;
  readonly failed?: (index: number, previous: number) => number;
  readonly aborted?: (index: number, previous: number) => number;
}

/** States that are under way, and say so when they are called off. */
const abortable = new Set(['Task', 'Wait', 'Parallel', 'Map']);

/**
 * Runs several machines at once inside a state. Answers their outputs in order. The first that fails ends the others.
 * Throws its error, and `Cancelled`.
 */
export async function runTogether({ execution, thread }: Visit, lines: Lines): Promise<Json> {
  const cancellation = thread.cancellation.part();
  const outputs: Json[] = new Array(lines.count).fill(null);
  let failure: unknown;
  let ends = thread.previous;
  let following = thread.previous;
  let next = 0;

  const ran = async (index: number) => {
    const { machine, input, previous, mapItem = thread.mapItem } = lines.line(index, following);
    const own: Thread = {
      previous,
      state: undefined,
      scope: new Scope(thread.scope),
      cancellation,
      mapItem,
    };
    try {
      outputs[index] = await execution.runMachine(machine, own, input);
      following = own.previous;
      ends = lines.succeeded?.(index, own.previous) ?? own.previous;
    } catch (error) {
      // What ends from outside ends without a word of its parts.
      if (execution.status !== 'RUNNING') return;
      const aborted = (types: ReadonlySet<string>) => {
        const type = own.state?.type ?? '';
        if (types.has(type)) execution.record(`${type}StateAborted`, own.previous);
      };
      if (failure !== undefined || thread.cancellation.isCancelled) {
        if (failure instanceof StateError && !isCatchable(failure)) return;
        aborted(abortable);
        lines.aborted?.(index, own.previous);
        return;
      }
      failure = error;
      ends = own.previous;
      if (error instanceof StateError && isCatchable(error)) {
        aborted(new Set(['Task']));
        lines.failed?.(index, own.previous);
      }
      cancellation.cancel();
    }
  };
  const lane = async () => {
    while (failure === undefined && next < lines.count) await ran(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lines.limit, lines.count) }, lane));
  cancellation.leave();
  if (thread.cancellation.isCancelled) throw new Cancelled();
  thread.previous = ends;
  if (failure !== undefined) throw failure;
  return outputs;
}
