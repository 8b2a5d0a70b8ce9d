import { isObject } from '../event-patterns/pattern';

type Fields = Readonly<Record<string, unknown>>;

/** An event as it stands in a file, not yet checked. */
export interface GivenEvent {
  readonly event: unknown;
  /** `path:line`, and `, event 3` within a list: for messages. */
  readonly where: string;
}

/**
 * The events in what a file holds, as EventBridge would deliver them. Beside events themselves, alone, as the `event` of an
 * object or in lists, these are known: a CloudTrail record, a log file of them (`Records`), LookupEvents' answer (`Events`,
 * each with its record as a text), and findings as the APIs of GuardDuty and Inspector answer them (`Findings`,
 * `findings`). What is none of these comes back as it is: whoever reads events refuses it.
 */
export function eventsIn(given: unknown, where: string): GivenEvent[] {
  if (Array.isArray(given)) return given.flatMap((it, index) => eventsIn(it, `${where}, event ${index + 1}`));
  if (!isObject(given)) return [{ event: given, where }];
  const { detail } = given;
  if (isObject(detail)) return [{ event: { ...toldBy(detail), ...given, detail: asRecorded(detail) }, where }];
  if ('detail' in given) return [{ event: given, where }];
  if ('event' in given) return eventsIn(given['event'], where);
  for (const list of ['Records', 'Events', 'Findings', 'findings']) {
    if (Array.isArray(given[list])) return eventsIn(given[list], where);
  }
  const record = recordOf(given['CloudTrailEvent']);
  if (record !== null) return eventsIn(record, where);
  const told = toldBy(given);
  if (told.source === undefined) return [{ event: given, where }];
  // A record that is only half there is explained as far as it goes.
  const unsaid = { id: where.slice(-256), account: 'unknown', time: 'unknown', region: 'unknown', resources: [] };
  return [{ event: { version: '0', ...unsaid, ...told, detail: asRecorded(given) }, where }];
}

/**
 * CloudTrail leaves out what a call did not say and an error that it did not meet; whoever passes its records on may write
 * null there, which event patterns tell apart.
 */
function asRecorded(detail: Fields): Fields {
  if (typeof detail['eventName'] !== 'string') return detail;
  const said = Object.entries(detail).filter(([key, value]) => value !== null || !/^error(Code|Message)$/.test(key));
  return Object.fromEntries(
    said.map(([key, value]) => [key, key === 'requestParameters' ? withoutNulls(value) : value]),
  );
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

/** LookupEvents answers a record as a text within what it found. */
function recordOf(text: unknown): Fields | null {
  try {
    const record: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    return isObject(record) ? record : null;
  } catch {
    return null;
  }
}

/** What EventBridge writes around a detail, as far as the detail says it itself; nothing where it is no record or finding. */
function toldBy(detail: Fields): { readonly source?: string } {
  const kind = kindOf(detail);
  if (kind === null) return {};
  const identity = isObject(detail['userIdentity']) ? detail['userIdentity'] : {};
  const text = (from: Fields, ...names: readonly string[]) =>
    names.map((name) => from[name]).find((it) => typeof it === 'string' && it !== '');
  const told = {
    id: text(detail, 'eventID', 'id', 'Id', 'findingArn'),
    account:
      text(detail, 'recipientAccountId', 'accountId', 'AccountId', 'awsAccountId') ?? text(identity, 'accountId'),
    time: text(detail, 'eventTime', 'updatedAt', 'UpdatedAt'),
    region: text(detail, 'awsRegion', 'region', 'Region'),
  };
  return { ...kind, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const recordTypes: ReadonlyMap<unknown, string> = new Map([
  ['AwsServiceEvent', 'AWS Service Event via CloudTrail'],
  ['AwsConsoleAction', 'AWS Console Action via CloudTrail'],
  ['AwsConsoleSignIn', 'AWS Console Sign In via CloudTrail'],
  ['AwsCloudTrailInsight', 'AWS Insight via CloudTrail'],
]);

function kindOf(detail: Fields): { source: string; 'detail-type': string } | null {
  const { eventSource, eventName, eventType } = detail;
  if (typeof eventSource === 'string' && typeof eventName === 'string') {
    return {
      source: `aws.${eventSource.replace(/\.amazonaws\.com(\.cn)?$/, '')}`,
      'detail-type': recordTypes.get(eventType) ?? 'AWS API Call via CloudTrail',
    };
  }
  const arn = detail['arn'] ?? detail['Arn'] ?? detail['findingArn'];
  switch (typeof arn === 'string' ? arn.split(':')[2] : null) {
    case 'guardduty':
      return { source: 'aws.guardduty', 'detail-type': 'GuardDuty Finding' };
    case 'inspector2':
      return { source: 'aws.inspector2', 'detail-type': 'Inspector2 Finding' };
    default:
      return null;
  }
}
