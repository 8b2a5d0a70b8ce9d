import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';

/**
 * Logs Insights gives 10,000 records at the most (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html),
 * and an audit event takes a few kilobytes: so many fit into one object and into the function's memory.
 */
export const mostRecords = 5_000;
/** Results come in pages; more than this many is no answer of this query's. */
const mostPages = 50;
/** Insights lets a query run for an hour, which a response does not wait for. */
export const patienceMs = 90_000;
const pauseMs = 2_000;

/** Which records of a log group are wanted. */
export interface Wanted {
  readonly group: string;
  /** Regular expressions; each must be found in the message. */
  readonly message: readonly RegExp[];
  /** What must not be found there. */
  readonly without?: RegExp;
  /** What must be found in the name of the stream. */
  readonly stream?: RegExp;
}

export interface Logged {
  readonly group: string;
  readonly from: string;
  readonly to: string;
  readonly query: string;
  /** How many records there are; more than were kept where the time has more of them. */
  readonly matched: number;
  readonly bytesScanned: number;
  readonly records: readonly { readonly at: string; readonly stream: string; readonly message: string }[];
}

interface Needs {
  readonly logs: CloudWatchLogsClient;
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Asks a log group, oldest records first. Throws what CloudWatch Logs throws, and where it does not answer in time. */
export async function ask({ logs, now, pause }: Needs, wanted: Wanted, from: Date, to: Date): Promise<Logged> {
  const query = queryOf(wanted);
  const { queryId } = await logs.send(
    new StartQueryCommand({
      logGroupName: wanted.group,
      startTime: Math.floor(from.getTime() / 1_000),
      endTime: Math.ceil(to.getTime() / 1_000),
      queryString: query,
      limit: mostRecords,
    }),
  );
  const patient = now().getTime() + patienceMs;
  for (;;) {
    const answer = await logs.send(new GetQueryResultsCommand({ queryId }));
    if (answer.status === 'Complete') {
      const rows = [...(answer.results ?? [])];
      let token = answer.nextToken;
      for (let page = 1; token !== undefined && page < mostPages; page++) {
        const more = await logs.send(new GetQueryResultsCommand({ queryId, nextToken: token }));
        rows.push(...(more.results ?? []));
        token = more.nextToken;
      }
      const value = (row: (typeof rows)[number], name: string) => row.find(({ field }) => field === name)?.value ?? '';
      return {
        group: wanted.group,
        from: from.toISOString(),
        to: to.toISOString(),
        query,
        matched: answer.statistics?.recordsMatched ?? rows.length,
        bytesScanned: answer.statistics?.bytesScanned ?? 0,
        records: rows.map((row) => ({
          at: value(row, '@timestamp'),
          stream: value(row, '@logStream'),
          message: value(row, '@message'),
        })),
      };
    }
    if (answer.status !== 'Scheduled' && answer.status !== 'Running' && answer.status !== 'Unknown') {
      throw new Error(`the query of ${wanted.group} ended ${answer.status}`);
    }
    if (now().getTime() >= patient) {
      await logs.send(new StopQueryCommand({ queryId }));
      throw new Error(`the query of ${wanted.group} did not end within ${patienceMs / 1_000} s`);
    }
    await pause(pauseMs);
  }
}

function queryOf({ message, without, stream }: Wanted): string {
  return [
    'fields @timestamp, @logStream, @message',
    ...(stream === undefined ? [] : [`filter @logStream like ${stream}`]),
    ...message.map((it) => `filter @message like ${it}`),
    ...(without === undefined ? [] : [`filter @message not like ${without}`]),
    'sort @timestamp asc',
    `limit ${mostRecords}`,
  ].join('\n| ');
}

/**
 * Matches one of these names or addresses and nothing else. Whatever has other characters is none, and is left out: nothing
 * of an event gets into a query that could mean anything there.
 */
export function anyOf(names: readonly string[]): string {
  const harmless = [...new Set(names)].filter((name) => /^[A-Za-z0-9._:-]+$/.test(name)).sort();
  return `(${harmless.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
}
