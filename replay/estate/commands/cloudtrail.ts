import { AwsError } from '../aws-error';
import { type Commands, list } from '../command';

/** LookupEvents lags what has happened: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html */
const lagMs = 5 * 60_000;
/** Two calls a second for each account and Region. */
const callsPerSecond = 2;

export function cloudTrailCommands(): Commands {
  const calls: number[] = [];
  return {
    LookupEvents: {
      run({ state, scheduler }, input) {
        const now = scheduler.now();
        while (calls.length > 0 && (calls[0] ?? 0) <= now - 1_000) calls.shift();
        if (calls.length >= callsPerSecond) throw new AwsError('ThrottlingException', 'Rate exceeded');
        calls.push(now);

        const [attribute, ...others] = list<{ AttributeKey?: string; AttributeValue?: string }>(
          input,
          'LookupAttributes',
        );
        if (others.length > 0) {
          throw new AwsError('InvalidLookupAttributesException', 'You can use only one lookup attribute at a time.');
        }
        const from = timeOf(input['StartTime']) ?? 0;
        const to = Math.min(timeOf(input['EndTime']) ?? now, now - lagMs);
        const found = state.trail
          .filter(({ time }) => time >= from && time <= to)
          .filter((entry) => {
            const wanted = attribute?.AttributeValue;
            switch (attribute?.AttributeKey) {
              case undefined:
                return true;
              case 'Username':
                return entry.username === wanted;
              case 'ResourceName':
                return entry.resources.some(({ name }) => name === wanted);
              case 'EventName':
                return entry.name === wanted;
              case 'EventSource':
                return entry.source === wanted;
              case 'EventId':
                return entry.eventId === wanted;
              case 'AccessKeyId':
                return entry.accessKeyId === wanted;
              default:
                return false;
            }
          })
          .sort((a, b) => b.time - a.time || (a.eventId < b.eventId ? -1 : 1));
        const size = Math.min(Number(input['MaxResults'] ?? 50), 50);
        const start = Number(input['NextToken'] ?? 0);
        const following = start + size;
        return {
          Events: found.slice(start, following).map((entry) => ({
            EventId: entry.eventId,
            EventName: entry.name,
            EventSource: entry.source,
            EventTime: new Date(entry.time),
            Username: entry.username,
            Resources: entry.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
            CloudTrailEvent: entry.record,
          })),
          ...(following < found.length ? { NextToken: String(following) } : {}),
        };
      },
    },
  };
}

function timeOf(value: unknown): number | null {
  return value instanceof Date ? value.getTime() : null;
}
