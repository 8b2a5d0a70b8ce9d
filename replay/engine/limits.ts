import { StateError } from './errors';

/** Bytes of a state's input or output, and events of a history: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const payloadLimit = 262_144;
export const eventLimit = 25_000;

/** Iterations of an inline Map that run at a time: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
export const iterationLimit = 40;

/** What a state, or the task within it, answers may be too large. */
export function tooLarge(what: string): StateError {
  return new StateError(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
