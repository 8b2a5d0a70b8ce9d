/** An error of a state, as Retry and Catch know it. */
export class StateError extends Error {
  override readonly name = 'StateError';

  constructor(
    /** Nothing where whoever failed gave no name. */
    readonly error: string | undefined,
    readonly reason: string | undefined,
    /** Another name by which Retry and Catch know it. */
    readonly alias?: string,
  ) {
    super(`${error ?? 'a failure without a name'}${reason === undefined ? '' : `: ${reason}`}`);
  }
}

/** A fault of an expression in a field; becomes a `StateError` where the state's name is known. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';

  constructor(
    readonly field: string,
    message: string,
    /** Whether the event names the field. */
    readonly located = true,
  ) {
    super(message);
  }
}

/** An error that a state's own work raises, told with the state's name and entry, and without an event of its own. */
export class StateFault extends Error {
  override readonly name = 'StateFault';

  constructor(
    readonly error: string,
    message: string,
  ) {
    super(message);
  }
}

/** The work was called off: its execution was stopped or timed out, or a sibling branch failed. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Errors that no Retry and no Catch sees. */
export function isCatchable(error: StateError): boolean {
  return error.error !== 'States.Runtime';
}

/** Whether a Retry's or a Catch's list names the error. */
export function names(errorEquals: readonly string[], { error, alias }: StateError): boolean {
  return errorEquals.some(
    (it) =>
      it === error ||
      it === alias ||
      it === 'States.ALL' ||
      // A heartbeat that is missed is told as a time-out.
      (it === 'States.TaskFailed' && error !== 'States.Timeout'),
  );
}
