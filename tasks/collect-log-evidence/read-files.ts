import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand, type ObjectVersion, type S3Client } from '@aws-sdk/client-s3';
import { errorName } from '../errors';
import { isRefusal } from '../unless-refused';
import { holdsRecordsOf, type Whereabouts } from './flow-log-files';
import { mostRecords, patienceMs } from './query';

/** A busy VPC has files of 75 MB every five minutes: what is beyond these bounds is named and not read. */
const mostBytes = 256 * 1_048_576;
const mostFiles = 600;
/** A file is unpacked whole, and has twice that room in the function's memory. The largest has some 700 MB of text. */
const mostPlainBytes = 1_073_741_824;
/** Of a thousand keys each. */
const mostPages = 30;
/** A record has some hundred characters: what goes on for longer is none. */
const longestLine = 65_536;
const lineFeed = 0x0a;

/** A version of a file, and what it has of the node: nothing where it says why it was not read. */
export interface FlowLogFile {
  readonly key: string;
  readonly versionId: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly lastModified: string;
  readonly sha256?: string;
  /** What the columns are called. */
  readonly header?: string;
  readonly records?: readonly string[];
  /** How many more records there are than were kept. */
  readonly leftOut?: number;
  readonly notRead?: string;
}

export interface FlowLogFiles {
  readonly bucket: string;
  readonly prefixes: readonly string[];
  readonly from: string;
  readonly to: string;
  /** The regular expression by which records were chosen. */
  readonly pattern: string;
  /** Whether there were more keys than were listed. */
  readonly listedAll: boolean;
  /** What stood there and was deleted: a version below may still have it. */
  readonly deleted: readonly { readonly key: string; readonly at: string }[];
  /** Oldest first. */
  readonly files: readonly FlowLogFile[];
}

interface Needs {
  readonly s3: S3Client;
  readonly now: () => Date;
}

/**
 * Reads the records of a time that `wanted` is found in, the latest files first, as far as the bounds go; of every file that
 * holds such a time it says which version it is, read or not. Throws what S3 throws where the bucket cannot be listed.
 */
export async function readFiles(
  { s3, now }: Needs,
  { bucket, prefixes: prefixesOf, endOf }: Whereabouts,
  wanted: RegExp,
  from: Date,
  to: Date,
): Promise<FlowLogFiles> {
  const prefixes = prefixesOf(from, to);
  const { versions, deleted, all } = await list(s3, bucket, prefixes);
  const inTime = (key = '') => {
    const at = endOf(key);
    return at !== null && holdsRecordsOf(at, from, to);
  };
  const latestFirst = versions
    .filter(({ Key }) => inTime(Key))
    .sort((a, b) => (fileName(a) < fileName(b) ? 1 : fileName(a) > fileName(b) ? -1 : 0));
  const patient = now().getTime() + patienceMs;
  const files: FlowLogFile[] = [];
  let [bytes, records] = [0, 0];
  let stopped: string | null = null;
  for (const { Key = '', VersionId = 'null', ETag = '', Size = 0, LastModified } of latestFirst) {
    const file = {
      key: Key,
      versionId: VersionId,
      etag: ETag.replaceAll('"', ''),
      sizeBytes: Size,
      lastModified: LastModified?.toISOString() ?? '',
    };
    if (files.length >= mostFiles) stopped ??= `${mostFiles} files are looked at`;
    else if (bytes + Size > mostBytes) stopped ??= `${mostBytes / 1_048_576} MiB are read`;
    else if (records >= mostRecords) stopped ??= `${mostRecords} records are kept`;
    else if (now().getTime() >= patient) stopped ??= `it is read for ${patienceMs / 1_000} s`;
    const notRead = Key.endsWith('.log.gz') ? stopped : 'it is not plain text';
    if (notRead !== null) {
      files.push({ ...file, notRead });
      continue;
    }
    try {
      bytes += Size;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
      const had = await recordsIn((Body ?? []) as AsyncIterable<Uint8Array>, wanted, mostRecords - records);
      records += had.records.length;
      files.push({ ...file, ...had });
    } catch (error) {
      // Who is refused one is refused all: they lie in one bucket, under one key.
      if (isRefusal(error)) stopped = errorName(error);
      files.push({ ...file, notRead: errorName(error) });
    }
  }
  return {
    bucket,
    prefixes,
    from: from.toISOString(),
    to: to.toISOString(),
    pattern: wanted.source,
    listedAll: all,
    deleted: deleted.filter(({ key }) => inTime(key)),
    files: files.reverse(),
  };
}

/** In a line each, what of a flow log's files is not in the evidence, so that a person can fetch it. */
export function shortfallsOf(flowLog: string, { bucket, files, deleted, listedAll }: FlowLogFiles): string[] {
  const found: string[] = [];
  for (const why of new Set(files.flatMap(({ notRead }) => notRead ?? []))) {
    const { length } = files.filter(({ notRead }) => notRead === why);
    found.push(`${flowLog}: ${length} of ${files.length} file(s) in ${bucket} are named and not read: ${why}`);
  }
  const leftOut = files.reduce((sum, it) => sum + (it.leftOut ?? 0), 0);
  if (leftOut > 0) found.push(`${flowLog}: ${leftOut} record(s) of files that were read are left out`);
  if (!listedAll) found.push(`${flowLog}: ${bucket} has more files of the time than were listed`);
  const [first] = deleted;
  if (first !== undefined) {
    found.push(`${flowLog}: ${deleted.length} file(s) in ${bucket} were deleted, ${first.key} at ${first.at}`);
  }
  return found;
}

function fileName({ Key = '' }: ObjectVersion): string {
  return Key.slice(Key.lastIndexOf('/') + 1);
}

/** Every version, those below a deletion too: whoever hides traces may delete the files that have them. */
async function list(s3: S3Client, Bucket: string, prefixes: readonly string[]) {
  const versions: ObjectVersion[] = [];
  const deleted: { key: string; at: string }[] = [];
  let pages = 0;
  for (const Prefix of [...prefixes].reverse()) {
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | null = {};
    while (next !== null) {
      if (pages++ >= mostPages) return { versions, deleted, all: false };
      const page: Awaited<ReturnType<typeof ask>> = await ask(next);
      versions.push(...(page.Versions ?? []));
      for (const { Key = '', LastModified } of page.DeleteMarkers ?? [])
        deleted.push({ key: Key, at: LastModified?.toISOString() ?? '' });
      next =
        page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : null;
    }

    function ask(markers: object) {
      return s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...markers }));
    }
  }
  return { versions, deleted, all: true };
}

/** Of a file only the lines stay that are wanted. Throws where it is no file of records. */
async function recordsIn(body: AsyncIterable<Uint8Array>, wanted: RegExp, most: number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const packed = Buffer.concat(chunks);
  const plain = gunzipSync(packed, { maxOutputLength: mostPlainBytes });
  const records: string[] = [];
  let header: string | null = null;
  let leftOut = 0;
  for (let start = 0, end = 0; start < plain.length; start = end + 1) {
    const found = plain.indexOf(lineFeed, start);
    end = found === -1 ? plain.length : found;
    if (end - start > longestLine) throw new Error('it holds no lines');
    const line = plain.toString('utf8', start, end);
    if (header === null) header = line;
    else if (!wanted.test(line)) continue;
    else if (records.length < most) records.push(line);
    else leftOut++;
  }
  return {
    sha256: createHash('sha256').update(packed).digest('hex'),
    header: header ?? '',
    records,
    ...(leftOut === 0 ? {} : { leftOut }),
  };
}
