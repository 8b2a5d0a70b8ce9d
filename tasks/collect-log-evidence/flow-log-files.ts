import type { FlowLog } from '@aws-sdk/client-ec2';

/** Where a flow log's files lie in S3, and how they are called: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html */
export interface Whereabouts {
  readonly bucket: string;
  /** What the keys begin with of every file that can hold records of a time, oldest first. */
  readonly prefixes: (from: Date, to: Date) => string[];
  /** When the five minutes end that a file holds, by its key; null where the key is of no file of this flow log. */
  readonly endOf: (key: string) => Date | null;
}

/** The five minutes of a file, and an aggregation interval by which its records may have begun earlier: ten minutes at the most. */
const longestReachMs = 15 * 60_000;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Null where the flow log goes elsewhere. `account` and `region` are those of the flow log. */
export function whereaboutsOf(flowLog: FlowLog, account: string, region: string): Whereabouts | null {
  const { FlowLogId: id, LogDestinationType: type, LogDestination: destination = '', DestinationOptions } = flowLog;
  const [, bucket, folder = ''] = /^arn:[^:]+:s3:::([^/]+)(?:\/(.*?)\/*)?$/.exec(destination) ?? [];
  if (type !== 's3' || bucket === undefined || id === undefined) return null;
  const { HiveCompatiblePartitions: hive = false, PerHourPartition: hourly = false } = DestinationOptions ?? {};
  const named = hive
    ? {
        account: 'aws-account-id=',
        service: 'aws-service=',
        region: 'aws-region=',
        times: ['year=', 'month=', 'day=', 'hour='],
      }
    : { account: '', service: '', region: '', times: ['', '', '', ''] };
  const base = [
    ...(folder === '' ? [] : [folder]),
    'AWSLogs',
    named.account + account,
    `${named.service}vpcflowlogs`,
    named.region + region,
  ];
  const file = `${account}_vpcflowlogs_${region}_${id}_`;
  const step = hourly ? hourMs : dayMs;
  return {
    bucket,
    prefixes: (from, to) => {
      const found: string[] = [];
      const last = to.getTime() + longestReachMs;
      for (let time = Math.floor(from.getTime() / step) * step; time <= last; time += step) {
        const parts = new Date(time)
          .toISOString()
          .split(/[-T:]/)
          .slice(0, hourly ? 4 : 3);
        found.push([...base, ...parts.map((part, index) => `${named.times[index]}${part}`), file].join('/'));
      }
      return found;
    },
    endOf: (key) => {
      const name = key.slice(key.lastIndexOf('/') + 1);
      if (!name.startsWith(file)) return null;
      const [, year, month, day, hour, minute] =
        /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})Z_/.exec(name.slice(file.length)) ?? [];
      return year === undefined ? null : new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
    },
  };
}

/** Whether a file whose five minutes end then can hold records of the time between. */
export function holdsRecordsOf(end: Date, from: Date, to: Date): boolean {
  return end >= from && end.getTime() - longestReachMs <= to.getTime();
}
