import { createHash } from 'node:crypto';
import { KMSClient, VerifyCommand } from '@aws-sdk/client-kms';
import {
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Found, VerifySignature } from '../../runbooks/evidence-check';
import { errorName } from '../../tasks/errors';
import { BadInput } from './bad-input';
import type { EvidenceSource } from './evidence';

/** With whose credentials AWS is asked, and where. */
export interface AwsAccess {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** Another address than AWS's own: for rehearsals. */
  readonly endpoint?: string | undefined;
  /** Does not go with a manifest in S3: the bucket itself is looked into. */
  readonly objects?: string | undefined;
}

/** The evidence bucket itself: every version by its id, with its lock. Needs to read objects, versions and retention. */
export async function evidenceBucket(url: string, access: AwsAccess): Promise<EvidenceSource> {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(url) ?? [];
  if (Bucket === '')
    throw new BadInput(`${url}: not an object in S3: s3://<bucket>/incidents/<incident>/manifest-….json`);
  if (access.objects !== undefined) {
    throw new BadInput('--objects: a manifest in S3 is held against its own bucket; leave this out');
  }
  const s3 = new S3Client({ ...settings(access), forcePathStyle: access.endpoint !== undefined });
  const open = async (key: string, versionId?: string) =>
    gone(async () => {
      const VersionId = versionId === undefined ? {} : { VersionId: versionId };
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, ...VersionId }));
      return Body;
    });
  const manifest = await answered(url, () => open(Key));
  if (manifest === null) throw new BadInput(`${url}: there is no such object; name a manifest`);
  return {
    manifest: (await manifest?.transformToString()) ?? '',
    locker: {
      open: (key, versionId) =>
        answered(`s3://${Bucket}/${key}`, async () => {
          const body = await open(key, versionId);
          return body === null || body === undefined ? null : (body as AsyncIterable<Uint8Array>);
        }),
      list: (prefix) => answered(`s3://${Bucket}/${prefix}`, () => versions(s3, Bucket, prefix)),
      lock: (key, versionId) =>
        answered(`s3://${Bucket}/${key}`, () =>
          gone(async () => {
            const asked = { Bucket, Key: key, VersionId: versionId };
            const { Retention } = await s3.send(new GetObjectRetentionCommand(asked));
            return Retention?.Mode === undefined || Retention.RetainUntilDate === undefined
              ? null
              : { mode: Retention.Mode, until: Retention.RetainUntilDate };
          }),
        ),
    },
  };
}

async function versions(s3: S3Client, Bucket: string, Prefix: string): Promise<Found[]> {
  const found: Found[] = [];
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...from }),
    );
    for (const { Key: key = '', VersionId: versionId = '' } of page.Versions ?? []) found.push({ key, versionId });
    for (const { Key: key = '', VersionId: versionId = '' } of page.DeleteMarkers ?? []) {
      found.push({ key, versionId, deleted: true });
    }
    if (page.IsTruncated !== true) return found;
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

/** The sealing key in KMS, which verifies without giving anything away. */
export function signedByKms(key: string, access: AwsAccess): VerifySignature {
  const region = /^arn:[a-z-]+:kms:([a-z0-9-]+):/.exec(key)?.[1];
  const kms = new KMSClient(settings({ ...access, region: region ?? access.region }));
  return (document, signature) =>
    answered(key, async () => {
      try {
        const { SignatureValid } = await kms.send(
          new VerifyCommand({
            KeyId: key,
            MessageType: 'DIGEST',
            Message: createHash('sha256').update(document).digest(),
            Signature: signature,
            SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
          }),
        );
        return SignatureValid === true;
      } catch (error) {
        if (error instanceof Error && error.name === 'KMSInvalidSignatureException') return false;
        throw error;
      }
    });
}

function settings({ region, profile, endpoint }: AwsAccess) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: defaultProvider(profile === undefined ? {} : { profile }),
  };
}

const notThere = new Set(['NoSuchKey', 'NoSuchVersion', 'NoSuchObjectLockConfiguration', 'NotFound']);

/** Null where S3 says that there is no such thing; every other refusal stays one. */
async function gone<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && notThere.has(error.name)) return null;
    throw error;
  }
}

/** What AWS refuses is not evidence of anything: it is said in one line, and the check is not made. */
async function answered<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BadInput(`${what}: ${errorName(error)}; see to --profile, --region and what it may read`);
  }
}
