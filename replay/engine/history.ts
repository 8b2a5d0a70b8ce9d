import type { Json, JsonObject } from './json';

/** What is recorded of an event: references, no copies. It becomes AWS's JSON when somebody reads it. */
interface Recorded {
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** An event as GetExecutionHistory returns it. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** The history of one execution. Event ids count from 1. */
export class History {
  private readonly events: Recorded[] = [];

  /** Answers the new event's id. */
  add(timestamp: number, type: string, previousEventId: number, details?: Readonly<Record<string, unknown>>): number {
    return this.events.push({ previousEventId, timestamp, type, details });
  }

  /** The id of the event that an event follows. */
  previousOf(id: number): number {
    return this.events[id - 1]?.previousEventId ?? 0;
  }

  get length(): number {
    return this.events.length;
  }

  /** Events from `start` (an index from 0) in the order in which they happened. */
  read(start = 0, count = this.events.length, withData = true): HistoryEvent[] {
    return this.events.slice(start, start + count).map((event, index) => ({
      timestamp: new Date(event.timestamp),
      type: event.type,
      id: start + index + 1,
      previousEventId: event.previousEventId,
      ...(event.details === undefined ? {} : { [detailsName(event.type)]: written(event.details, withData) }),
    }));
  }
}

/** Fields that hold a JSON document as text. Whether AWS cut them short stands beside them; here nothing is cut. */
const documents = new Set(['input', 'output']);
/** What is left out of a history that is asked for without data. */
const data = new Set(['input', 'output', 'parameters', 'assignedVariables']);

function written(details: Readonly<Record<string, unknown>>, withData: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(details)) {
    if (value === undefined || (!withData && data.has(name))) continue;
    if (documents.has(name)) {
      result[name] = JSON.stringify(value);
      result[`${name}Details`] = { truncated: false };
    } else if (name === 'parameters') {
      result[name] = JSON.stringify(value as Json);
    } else if (name === 'assignedVariables') {
      result[name] = Object.fromEntries(
        Object.entries(value as JsonObject).map(([variable, it]) => [variable, JSON.stringify(it)]),
      );
      result['assignedVariablesDetails'] = { truncated: false };
    } else {
      result[name] = value;
    }
  }
  return result;
}

/** `PassStateEntered` has `stateEnteredEventDetails`, `TaskFailed` has `taskFailedEventDetails`. */
function detailsName(type: string): string {
  const known = detailNames.get(type);
  if (known !== undefined) return known;
  const shared = /^(?:Pass|Task|Choice|Wait|Succeed|Fail|Parallel|Map)State(Entered|Exited)$/.exec(type);
  const name =
    shared === null ? `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails` : `state${shared[1]}EventDetails`;
  detailNames.set(type, name);
  return name;
}

const detailNames = new Map<string, string>();
