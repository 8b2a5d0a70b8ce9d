import { constants, createHash, privateEncrypt } from 'node:crypto';
import { AwsError } from '../aws-error';
import { type Commands, type Input, text } from '../command';
import { sealingKey } from '../sealing-key';
import type { State, Upload } from '../state';

/** An object's bytes, as S3 has them come. */
export async function* streamOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Where evidence goes: the bucket, the key that seals it, the topic and the secrets. */
const objectCommands: Commands = {
  PutObject: {
    run({ state, newId, scheduler }, input) {
      const body = Buffer.from((input['Body'] as Uint8Array | string | undefined) ?? '');
      const checksum = createHash('sha256').update(body).digest('base64');
      const given = input['ChecksumSHA256'];
      if (input['ObjectLockMode'] !== undefined && given === undefined && input['ContentMD5'] === undefined) {
        throw new AwsError(
          'InvalidRequest',
          'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
        );
      }
      if (given !== undefined && given !== checksum) {
        throw new AwsError('BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
      }
      if (input['IfNoneMatch'] === '*' && state.objects.some(({ key }) => key === text(input, 'Key'))) {
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
      }
      const until = input['ObjectLockRetainUntilDate'];
      const versionId = newId('v');
      state.objects.push({
        key: text(input, 'Key'),
        versionId,
        body: body.toString('utf8'),
        lockedUntil: until instanceof Date ? until.toISOString() : null,
        at: new Date(scheduler.now()).toISOString(),
      });
      return {
        VersionId: versionId,
        ChecksumSHA256: checksum,
        ETag: `"${createHash('md5').update(body).digest('hex')}"`,
      };
    },
  },

  GetObject: {
    run({ state }, input) {
      const [key, version] = [text(input, 'Key'), text(input, 'VersionId')];
      const found = state.objects.findLast((it) => it.key === key && (version === '' || it.versionId === version));
      if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.');
      const bytes = new Uint8Array(Buffer.from(found.body));
      return { VersionId: found.versionId, ContentLength: bytes.length, Body: streamOf(bytes) };
    },
  },
};

/** Objects that come in parts, each checked against the SHA-256 that the upload was opened with. */
const multipartCommands: Commands = {
  CreateMultipartUpload: {
    run({ state, newId }, input) {
      const UploadId = newId('upload');
      const until = input['ObjectLockRetainUntilDate'];
      state.uploads.set(UploadId, {
        key: text(input, 'Key'),
        lockedUntil: until instanceof Date ? until.toISOString() : null,
        parts: new Map(),
      });
      return { Bucket: text(input, 'Bucket'), Key: text(input, 'Key'), UploadId };
    },
  },

  ListParts: {
    run({ state }, input) {
      const { parts } = uploadOf(state, input);
      return {
        Parts: [...parts]
          .sort(([a], [b]) => a - b)
          .map(([PartNumber, body]) => ({
            PartNumber,
            Size: body.length,
            ETag: `"${createHash('md5').update(body).digest('hex')}"`,
            ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
          })),
        IsTruncated: false,
      };
    },
  },

  CompleteMultipartUpload: {
    run({ state, newId, scheduler }, input) {
      const { key, lockedUntil, parts } = uploadOf(state, input);
      const { Parts = [] } = (input['MultipartUpload'] ?? {}) as {
        Parts?: { PartNumber?: number; ChecksumSHA256?: string }[];
      };
      const bodies = Parts.map(({ PartNumber = 0, ChecksumSHA256 }) => {
        const body = parts.get(PartNumber);
        if (body === undefined || createHash('sha256').update(body).digest('base64') !== ChecksumSHA256) {
          throw new AwsError('InvalidPart', 'One or more of the specified parts could not be found.');
        }
        return body;
      });
      const versionId = newId('v');
      const at = new Date(scheduler.now()).toISOString();
      state.objects.push({ key, versionId, body: bodies.join(''), lockedUntil, at });
      state.uploads.delete(text(input, 'UploadId'));
      const digests = bodies.map((body) => createHash('sha256').update(body).digest());
      const checksum = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
      return {
        Key: key,
        VersionId: versionId,
        ChecksumSHA256: `${checksum}-${bodies.length}`,
        ChecksumType: 'COMPOSITE',
      };
    },
  },

  AbortMultipartUpload: {
    run({ state }, input) {
      uploadOf(state, input);
      state.uploads.delete(text(input, 'UploadId'));
      return {};
    },
  },
};

export const s3Commands: Commands = { ...objectCommands, ...multipartCommands };

function uploadOf({ uploads }: State, input: Input): Upload {
  const found = uploads.get(text(input, 'UploadId'));
  if (found === undefined) throw new AwsError('NoSuchUpload', 'The specified upload does not exist.');
  return found;
}

/** RSA as KMS does it. */
export const kmsCommands: Commands = {
  Sign: {
    run(_account, input) {
      const digest = Buffer.from(input['Message'] as Uint8Array);
      if (digest.length !== 32)
        throw new AwsError('ValidationException', 'Digest is invalid length for algorithm RSASSA_PKCS1_V1_5_SHA_256.');
      // KMS is given the digest; PKCS #1 signs it with the algorithm's name in front.
      const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');
      const Signature = privateEncrypt(
        { key: sealingKey, padding: constants.RSA_PKCS1_PADDING },
        Buffer.concat([prefix, digest]),
      );
      return {
        KeyId: text(input, 'KeyId'),
        Signature: new Uint8Array(Signature),
        SigningAlgorithm: text(input, 'SigningAlgorithm'),
      };
    },
  },
};

export const snsCommands: Commands = {
  Publish: {
    run({ state, newId }, input) {
      state.published.push({
        topic: text(input, 'TopicArn'),
        subject: text(input, 'Subject'),
        message: text(input, 'Message'),
      });
      return { MessageId: newId('message') };
    },
  },
};

export const secretsCommands: Commands = {
  GetSecretValue: {
    run(_account, input) {
      // The one secret that there is: what the local Slack was started with.
      return {
        ARN: text(input, 'SecretId'),
        SecretString: JSON.stringify({ botToken: 'xoxb-local', signingSecret: 'local-signing-secret' }),
      };
    },
  },
};
