/**
 * Every error that a machine tells apart. `name` is a literal: Step Functions matches `ErrorEquals` against it, and
 * bundlers rename classes.
 */

/** What a change would alter is no longer as it was when the change was proposed. Propose again. */
export class WorldChanged extends Error {
  override readonly name = 'WorldChanged';
}

/** An incident is to be undone whose machine still runs. */
export class IncidentOpen extends Error {
  override readonly name = 'IncidentOpen';
}

/** Applying was asked for without the decision that the plan demands. */
export class NotApproved extends Error {
  override readonly name = 'NotApproved';
}

/** Asked anew, it turns out to be decided: whoever waits has to follow the store. */
export class AlreadyDecided extends Error {
  override readonly name = 'AlreadyDecided';
}

/** What the store holds is not what the task was told to work on. */
export class RecordMissing extends Error {
  override readonly name = 'RecordMissing';
}

/** A task's input or output does not have the shape of its contract: a fault of ours, never retried. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
}

/** There EC2 encodes why it refuses, differently in each answer: nobody can read it, and it would make a thousand problems of one. */
const encoded = / *Encoded authorization failure message:.*/;

/** An error's name and its first line: what a record may say of it. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = (error.message.split('\n', 1)[0] ?? '').replace(encoded, '');
  const words = line.slice(0, 200);
  // A plain error is one of our own, and its words are enough.
  return line === '' ? error.name : error.name === 'Error' ? words : `${error.name}: ${words}`;
}
