import { constants, createHash, privateEncrypt } from 'node:crypto';
import { AwsError } from '../aws-error';
import { type Commands, text } from '../command';
import { sealingKey } from '../sealing-key';

/** Where evidence goes: the bucket, the key that seals it, the topic and the secrets. */
export const s3Commands: Commands = {
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
      return {
        VersionId: found.versionId,
        ContentLength: bytes.length,
        Body: { transformToByteArray: async () => bytes, transformToString: async () => found.body },
      };
    },
  },
};

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
