import { Cancelled } from './errors';
import type { Scheduler } from './scheduler';

/** Calls off everything that an execution, or one branch of it, is waiting for. */
export class Cancellation {
  private readonly listeners = new Set<() => void>();
  private cancelled = false;
  private forgetWhole: (() => void) | undefined;

  /** A part that ends with the whole, and may end before it. */
  part(): Cancellation {
    const part = new Cancellation();
    part.forgetWhole = this.onCancel(() => part.cancel());
    return part;
  }

  /** A part that is over: the whole no longer holds it. */
  leave(): void {
    this.forgetWhole?.();
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    for (const listener of [...this.listeners]) listener();
    this.listeners.clear();
  }

  get isCancelled(): boolean {
    return this.cancelled;
  }

  /** Answers how not to be told any more. */
  onCancel(listener: () => void): () => void {
    if (this.cancelled) {
      listener();
      return () => {};
    }
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Waits until a time is reached. Throws `Cancelled`. */
  waitUntil(scheduler: Scheduler, due: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const callOff = scheduler.at(due, () => {
        forget();
        resolve();
      });
      const forget = this.onCancel(() => {
        callOff();
        reject(new Cancelled());
      });
    });
  }
}
