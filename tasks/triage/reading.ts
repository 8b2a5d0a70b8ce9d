import type { CallOutcome, Json, Resource } from '../../runbooks/incident';
import type { Event } from './event';

/** What an event says by itself, before anything is asked of AWS. */
export interface Reading<Facts, Touch> {
  readonly subjects: readonly Resource[];
  readonly facts: Facts;
  /** What the event did, one entry for each thing that could be put back. */
  readonly touches: readonly Touch[];
}

/**
 * Reads the events of one category. A reader never throws and never guesses: what the record does not hold is
 * `unknown` or null. It is handed every event that the category's pattern let through, and `explain` hands it
 * failed calls as well.
 */
export interface Reader<Facts, Touch> {
  readonly category: string;
  /** Which calls open or join an incident: those that succeeded, and where the attempt itself matters denied ones. */
  readonly outcomes: readonly CallOutcome[];
  /** Whether an event is a call that this category is about, whatever became of the call and whoever made it. */
  recognizes(event: Event): boolean;
  read(event: Event): Reading<Facts, Touch>;
}

/** Facts are data: they travel as JSON. */
export type AnyReader = Reader<Readonly<Record<string, Json>>, Json>;
