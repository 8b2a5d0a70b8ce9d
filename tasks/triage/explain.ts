import type { Actor, CallOutcome, Json, Resource } from '../../runbooks/incident';
import { nameOf, readActor, readOutcome, textAt } from './cloudtrail';
import { type Event, event as eventSchema } from './event';
import type { AnyReader } from './reading';
import { subjectsOf } from './subjects';

/** What cannot be explained, because it is no event. The message says what is missing and what belongs there. */
export class BadEvent extends Error {
  override readonly name = 'BadEvent';
}

/** Where an event goes and why, from the event alone: nothing is run and nothing is asked of AWS. */
export interface Explanation {
  /** The event's id. */
  readonly event: string;
  /** The categories whose patterns take it, sorted; none for a call that failed, whatever it was for. */
  readonly categories: readonly string[];
  readonly reason: string;
  readonly subject: readonly Resource[];
  /** All null where the event is no record of a call. */
  readonly actor: { readonly [Part in 'type' | 'arn' | 'name' | 'service']: Actor[Part] | null };
  /** An event that is no record of a call tells of something that happened: it succeeded. */
  readonly outcome: CallOutcome;
  /** As the readers of its categories see it, or else the readers that know the call; empty where none does. */
  readonly facts: Readonly<Record<string, Json>>;
}

/**
 * @param given an event as EventBridge delivers it, not yet checked
 * @param categoriesOf the categories whose synthesized patterns take an event
 * @param readers of all categories that have one
 * @throws BadEvent where `given` is no event
 */
export function explainEvent(
  given: unknown,
  categoriesOf: (event: Event) => readonly string[],
  readers: readonly AnyReader[],
): Explanation {
  const event = readEvent(given);
  const categories = [...categoriesOf(event)].sort();
  const actor = readActor(event.detail);
  const outcome = readOutcome(event.detail);
  const knowing = readers.filter((reader) => categories.includes(reader.category) || reader.recognizes(event));
  return {
    event: event.id,
    categories,
    reason: reasonOf(event, categories, outcome, knowing),
    subject: subjectsOf(event),
    actor: {
      type: actor?.type ?? null,
      arn: actor?.arn ?? null,
      name: actor?.name ?? null,
      service: actor?.service ?? null,
    },
    outcome,
    facts: Object.assign({}, ...knowing.map((reader) => reader.read(event).facts)),
  };
}

function readEvent(given: unknown): Event {
  const parsed = eventSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new BadEvent('this is no object: an EventBridge event is one, with `id`, `source` and `detail`');
  }
  const [
    {
      path: [field = 'detail'],
      message,
    } = { path: [], message: '' },
  ] = parsed.error.issues;
  const wrong = field in given ? `is not as EventBridge writes it (${message})` : 'is missing';
  throw new BadEvent(`\`${String(field)}\` ${wrong}: give the whole event, as a rule's target receives it`);
}

function reasonOf(event: Event, categories: readonly string[], outcome: CallOutcome, knowing: readonly AnyReader[]) {
  const name = nameOf(event);
  if (categories.length > 0) return `${name}: the pattern of ${categories.join(' and of ')} takes it`;
  if (knowing.length === 0) return `${name} is of no category`;
  const ids = knowing.map(({ category }) => category).join(' and ');
  switch (outcome) {
    case 'succeeded':
      return knowing.every((reader) => reader.read(event).touches.length === 0)
        ? `${name} is read by ${ids}, but changes nothing that could be put back`
        : `${name} is of ${ids}, but its pattern leaves the event out, as it does our own roles' calls`;
    case 'denied':
    case 'failed':
    case 'dry-run':
      return `${name} changed nothing (${textAt(event.detail, 'errorCode', 'errorMessage') ?? outcome}): ${ids} takes only calls that succeeded${knowing.some((reader) => reader.outcomes.includes('denied')) ? ', and of some of them the attempts that were denied' : ''}`;
    default:
      return outcome satisfies never;
  }
}
