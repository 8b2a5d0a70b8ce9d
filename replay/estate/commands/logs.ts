import { AwsError } from '../aws-error';
import { type Commands, list, text } from '../command';
import type { EstateDescription } from '../description';
import { filtered, paged } from '../filters';

export const flowLogCommands: Commands = {
  DescribeFlowLogs: {
    run({ description }, input) {
      // This one call says `Filter` where all others say `Filters`.
      const found = filtered<EstateDescription['flowLogs'][number] & { tags?: Record<string, string> }>(
        description.flowLogs,
        { Filters: list(input, 'Filter') },
        ({ id, resource }, name) => {
          if (name === 'resource-id') return [resource];
          return name === 'flow-log-id' ? [id] : undefined;
        },
      );
      const described = found.map((it) => ({
        FlowLogId: it.id,
        FlowLogStatus: 'ACTIVE',
        ResourceId: it.resource,
        TrafficType: 'ALL',
        LogFormat: it.format,
        ...(it.group === undefined
          ? {
              LogDestinationType: 's3',
              LogDestination: `arn:${description.partition}:s3:::${it.bucket}${it.folder === undefined ? '' : `/${it.folder}/`}`,
              DestinationOptions: {
                FileFormat: it.fileFormat,
                HiveCompatiblePartitions: it.hiveCompatiblePartitions,
                PerHourPartition: it.perHourPartition,
              },
            }
          : { LogDestinationType: 'cloud-watch-logs', LogGroupName: it.group }),
      }));
      return paged(described, input, 'FlowLogs');
    },
  },
};

/** A query takes so long. */
const queryTakesMs = 3_000;

/** Logs Insights, as far as responders ask it: messages and streams by regular expressions. */
export function logCommands(begins: number): Commands {
  return {
    StartQuery: {
      run({ description, state, scheduler, newId }, input) {
        const name = text(input, 'logGroupName');
        const group = description.logGroups.find((it) => it.name === name);
        if (group === undefined) {
          throw new AwsError('ResourceNotFoundException', `Log group '${name}' does not exist for account ID`);
        }
        const [from, to] = [Number(input['startTime']) * 1_000, Number(input['endTime']) * 1_000];
        const fits = conditionsIn(text(input, 'queryString'));
        const matched = group.events
          .map((event) => ({ ...event, at: begins - event.minutesBefore * 60_000 }))
          .filter((event) => event.at >= from && event.at <= to && fits.every((fit) => fit(event)))
          .sort((a, b) => a.at - b.at);
        const queryId = newId('query');
        const query = {
          status: 'Running',
          matched: matched.length,
          results: matched.slice(0, Number(input['limit'] ?? 10_000)).map(({ at, stream, message }) => [
            { field: '@timestamp', value: new Date(at).toISOString().replace('T', ' ').replace('Z', '') },
            { field: '@logStream', value: stream },
            { field: '@message', value: message },
          ]),
        };
        state.logQueries.set(queryId, query);
        scheduler.at(scheduler.now() + queryTakesMs, () => {
          if (query.status === 'Running') query.status = 'Complete';
        });
        return { queryId };
      },
    },

    GetQueryResults: {
      run({ state }, input) {
        const found = state.logQueries.get(text(input, 'queryId'));
        if (found === undefined) throw new AwsError('ResourceNotFoundException', 'The query does not exist');
        const { status, results, matched } = found;
        return status === 'Complete'
          ? { status, results, statistics: { recordsMatched: matched, bytesScanned: matched * 500 } }
          : { status, results: [], statistics: {} };
      },
    },

    StopQuery: {
      run({ state }, input) {
        const found = state.logQueries.get(text(input, 'queryId'));
        if (found === undefined) throw new AwsError('ResourceNotFoundException', 'The query does not exist');
        found.status = 'Cancelled';
        return { success: true };
      },
    },
  };
}

type Condition = (event: { readonly stream: string; readonly message: string }) => boolean;

/** The filters of a query. Throws for whatever else than ours it has. */
function conditionsIn(query: string): Condition[] {
  return query.split('\n| ').flatMap((line): Condition[] => {
    const [, field, not, pattern] = /^filter @(message|logStream) (not )?like \/(.*)\/$/.exec(line) ?? [];
    if (pattern !== undefined) {
      const expression = new RegExp(pattern);
      return [({ stream, message }) => expression.test(field === 'message' ? message : stream) === (not === undefined)];
    }
    if (/^(fields @|sort @timestamp asc$|limit \d+$)/.test(line)) return [];
    throw new AwsError('MalformedQueryException', `unexpected symbol found in ${line}`);
  });
}
