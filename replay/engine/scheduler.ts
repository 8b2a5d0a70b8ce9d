/**
 * Time for everything that waits. One interface, two clocks: virtual time jumps to the next due thing
 * as soon as nothing is running, so a four-hour approval takes no time and every run is the same;
 * real time waits, for a machine that somebody watches.
 *
 * All times are milliseconds since the Unix epoch, all durations milliseconds.
 */
export interface Scheduler {
  now(): number;
  /** Runs `callback` when `due` is reached (at once in order, if it has passed). Returns a way to call it off. */
  at(due: number, callback: () => void): () => void;
  sleep(durationMs: number): Promise<void>;
  /**
   * Declares work that waits on something outside the clock, such as a socket: virtual time stands still
   * until it settles. Work that only awaits promises and `sleep` needs no declaration.
   */
  track<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly due: number;
  readonly sequence: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A binary heap of timers: earliest first, and of those that are due together the one set first. */
class Timers {
  private readonly heap: Timer[] = [];

  push(timer: Timer): void {
    const heap = this.heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!before(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  pop(): Timer | undefined {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && before(heap[right] as Timer, heap[child] as Timer)) child = right;
      if (!before(heap[child] as Timer, last)) break;
      heap[index] = heap[child] as Timer;
      index = child;
    }
    heap[index] = last;
    return first;
  }

  /** The earliest timer that has not been called off; those called off are dropped on the way. */
  peek(): Timer | undefined {
    while (this.heap[0]?.cancelled) this.pop();
    return this.heap[0];
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}

/** Virtual time. Nothing moves until `run` is called. */
export class VirtualScheduler implements Scheduler {
  private readonly timers = new Timers();
  private sequence = 0;
  private outside = 0;
  private wake: (() => void) | undefined;

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  at(due: number, callback: () => void): () => void {
    const timer: Timer = { due, sequence: this.sequence++, callback, cancelled: false };
    this.timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.time + durationMs, resolve);
    });
  }

  async track<T>(work: Promise<T>): Promise<T> {
    this.outside++;
    try {
      return await work;
    } finally {
      this.outside--;
      if (this.outside === 0) this.wake?.();
    }
  }

  /**
   * Runs everything that is due, one callback at a time, each to rest before the next, until nothing is left,
   * `until` answers true, or the next due time lies beyond `horizon`.
   */
  async run(options: { until?: () => boolean; horizon?: number } = {}): Promise<void> {
    for (;;) {
      await this.rest();
      if (options.until?.()) return;
      const next = this.timers.peek();
      if (next === undefined || (options.horizon !== undefined && next.due > options.horizon)) return;
      this.timers.pop();
      this.time = Math.max(this.time, next.due);
      next.callback();
    }
  }

  /** Resolves when all promises have been followed as far as they go and no outside work is under way. */
  private async rest(): Promise<void> {
    await turn();
    while (this.outside > 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
      await turn();
    }
  }
}

/** Wall-clock time. Timers keep the process alive. */
export class RealScheduler implements Scheduler {
  now(): number {
    return Date.now();
  }

  at(due: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.max(0, due - Date.now()));
    return () => clearTimeout(timer);
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, durationMs));
  }

  track<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}

/** One turn of the event loop: every promise that can settle has settled when it comes round. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
