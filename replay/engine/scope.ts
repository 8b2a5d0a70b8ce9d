import type { Json } from './json';

/**
 * Variables. A branch of a Parallel and an iteration of a Map read those of the states around them and set their own, which
 * end with them.
 */
export class Scope {
  private readonly own = new Map<string, Json>();

  constructor(private readonly outer?: Scope) {}

  get(name: string): Json | undefined {
    return this.own.get(name) ?? (this.own.has(name) ? null : this.outer?.get(name));
  }

  assign(values: { readonly [name: string]: Json }): void {
    for (const [name, value] of Object.entries(values)) this.own.set(name, value);
  }

  /** All that can be read, the inner before the outer. */
  all(): Record<string, Json> {
    return { ...this.outer?.all(), ...Object.fromEntries(this.own) };
  }
}
