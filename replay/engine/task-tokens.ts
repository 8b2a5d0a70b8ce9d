import { StateError } from './errors';
import type { Json } from './json';

/** The answer to a token that no task is waiting for any more. */
export type TokenRefusal = 'InvalidToken' | 'TaskTimedOut' | 'TaskDoesNotExist';

interface Waiting {
  succeed(output: Json): void;
  fail(error: StateError): void;
  beat(): void;
}

/** The tasks that wait for their token. A token answers once, and only while its task waits. */
export class TaskTokens {
  private readonly waiting = new Map<string, Waiting>();
  private readonly ended = new Set<string>();

  constructor(private readonly make: (state: string) => string) {}

  /** A new token, for an attempt of the state. */
  issue(state: string): string {
    return this.make(state);
  }

  wait(token: string, waiting: Waiting): () => void {
    this.waiting.set(token, waiting);
    return () => {
      if (this.waiting.delete(token)) this.ended.add(token);
    };
  }

  /** Why the token answers nothing, or undefined where it did. */
  succeed(token: string, output: Json): TokenRefusal | undefined {
    return this.answer(token, (waiting) => waiting.succeed(output));
  }

  fail(token: string, error: string | undefined, cause: string | undefined): TokenRefusal | undefined {
    return this.answer(token, (waiting) => waiting.fail(new StateError(error, cause)));
  }

  beat(token: string): TokenRefusal | undefined {
    return this.answer(token, (waiting) => waiting.beat());
  }

  private answer(token: string, tell: (waiting: Waiting) => void): TokenRefusal | undefined {
    const waiting = this.waiting.get(token);
    if (waiting === undefined) return this.ended.has(token) ? 'TaskTimedOut' : 'InvalidToken';
    tell(waiting);
    return undefined;
  }
}
