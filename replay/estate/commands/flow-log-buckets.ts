import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { AwsError } from '../aws-error';
import { type Commands, type Input, text } from '../command';
import type { EstateDescription } from '../description';
import { streamOf } from './evidence';

/** Keys come in pages of so many. */
const pageSize = 1_000;

interface Version {
  readonly Key: string;
  readonly VersionId: string;
  readonly LastModified: Date;
  /** Null where it marks a deletion. */
  readonly bytes: Uint8Array | null;
}

/** Buckets that VPC flow logs have been delivered to. Whatever is asked of another bucket, `others` answer. */
export function flowLogBucketCommands(begins: number, others: Commands): Commands {
  return {
    ...others,
    GetObject: {
      run(account, input, caller) {
        const { description } = account;
        if (!isFlowLogBucket(description, input)) return others['GetObject']?.run(account, input, caller) ?? {};
        const [key, version] = [text(input, 'Key'), text(input, 'VersionId')];
        const found = versionsIn(description, begins, input).find(
          (it) => it.Key === key && (version === '' || it.VersionId === version),
        );
        if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.');
        if (found.bytes === null) {
          throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.');
        }
        const { bytes } = found;
        return { VersionId: found.VersionId, ContentLength: bytes.length, Body: streamOf(bytes) };
      },
    },

    ListObjectVersions: {
      run({ description }, input) {
        if (!isFlowLogBucket(description, input)) {
          throw new AwsError('NoSuchBucket', 'The specified bucket does not exist');
        }
        const markers = [text(input, 'KeyMarker'), text(input, 'VersionIdMarker')].join(' ');
        const all = versionsIn(description, begins, input).filter(({ Key }) => Key.startsWith(text(input, 'Prefix')));
        const rest = all.slice(all.findIndex(({ Key, VersionId }) => `${Key} ${VersionId}` === markers) + 1);
        const page = rest.slice(0, pageSize);
        const last = page.at(-1);
        const more = rest.length > page.length;
        return {
          IsTruncated: more,
          ...(more ? { NextKeyMarker: last?.Key, NextVersionIdMarker: last?.VersionId } : {}),
          Versions: page.flatMap(({ bytes, ...version }) =>
            bytes === null
              ? []
              : [
                  {
                    ...version,
                    ETag: `"${createHash('md5').update(bytes).digest('hex')}"`,
                    Size: bytes.length,
                    StorageClass: 'STANDARD',
                  },
                ],
          ),
          DeleteMarkers: page.flatMap(({ bytes, ...marker }) => (bytes === null ? [marker] : [])),
        };
      },
    },
  };
}

function isFlowLogBucket({ flowLogs }: EstateDescription, input: Input): boolean {
  return flowLogs.some(({ group, bucket }) => group === undefined && bucket === text(input, 'Bucket'));
}

/** By their keys, the newest version of each first, as S3 lists them. */
function versionsIn({ account, region, flowLogs }: EstateDescription, begins: number, input: Input): Version[] {
  const bucket = text(input, 'Bucket');
  const found = flowLogs
    .filter((it) => it.group === undefined && it.bucket === bucket)
    .flatMap((log) =>
      log.files.flatMap(({ minutesBefore, records, deleted }): Version[] => {
        // A file is called by the end of its five minutes, and is there some minutes later.
        const end = new Date(Math.ceil((begins - minutesBefore * 60_000) / 300_000) * 300_000);
        const time = end.toISOString().replace(/[-:]/g, '').slice(0, 13);
        const header = log.format.replace(/[${}]/g, '');
        const plain = [header, ...records, ''].join('\n');
        const parquet = log.fileFormat === 'parquet';
        // Nothing here reads Parquet; its files begin and end so.
        const bytes = parquet ? Buffer.from(`PAR1${plain}PAR1`) : gzipSync(plain);
        const hash = createHash('sha256').update(`${log.id} ${time}`).digest('hex');
        const name = `${account}_vpcflowlogs_${region}_${log.id}_${time}Z_${hash.slice(0, 8)}.log.${parquet ? 'parquet' : 'gz'}`;
        const Key = [...folders(log, account, region, end), name].join('/');
        const version = {
          Key,
          VersionId: hash.slice(8, 40),
          LastModified: new Date(end.getTime() + 120_000),
          bytes: new Uint8Array(bytes),
        };
        const marker = { Key, VersionId: hash.slice(32), LastModified: new Date(begins), bytes: null };
        return deleted ? [marker, version] : [version];
      }),
    );
  return found.sort((a, b) => (a.Key < b.Key ? -1 : a.Key > b.Key ? 1 : 0));
}

function folders(log: EstateDescription['flowLogs'][number], account: string, region: string, at: Date): string[] {
  const [year, month, day, hour] = at.toISOString().split(/[-T:]/);
  const [date, hours] = log.hiveCompatiblePartitions
    ? [[`year=${year}`, `month=${month}`, `day=${day}`], `hour=${hour}`]
    : [[`${year}`, `${month}`, `${day}`], `${hour}`];
  return [
    ...(log.folder === undefined ? [] : [log.folder]),
    'AWSLogs',
    ...(log.hiveCompatiblePartitions
      ? [`aws-account-id=${account}`, 'aws-service=vpcflowlogs', `aws-region=${region}`]
      : [account, 'vpcflowlogs', region]),
    ...date,
    ...(log.perHourPartition ? [hours] : []),
  ];
}
