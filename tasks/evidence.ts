import { createHash } from 'node:crypto';
import { SignCommand } from '@aws-sdk/client-kms';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import stringify from 'safe-stable-stringify';
import { type EvidenceCall, type Seal, seal } from '../runbooks/evidence';
import type { AwsClients } from './aws/clients';
import { callsSoFar, unobserved } from './aws/observed-calls';
import type { Configuration } from './configuration';
import { errorName } from './errors';
import type { Chain } from './store/chain';
import type { StoredObject } from './store/incidents';
import type { Store } from './store/store';

/** A stored object, by what it is evidence of. */
export interface Piece {
  readonly kind: string;
  readonly description: string;
  readonly object: StoredObject;
  /** The calls by which it was had; where they are left out, those of the task so far. */
  readonly calls?: readonly EvidenceCall[];
}

/**
 * The evidence locker. Every object goes in with its SHA-256 checked by S3, under the evidence key and locked for the
 * retention time; every object that belongs to an incident gets an entry in that incident's chain.
 */
export class Evidence {
  constructor(
    private readonly aws: Pick<AwsClients, 's3' | 'kms'>,
    private readonly store: Store,
    private readonly configuration: Configuration,
    private readonly now: () => Date,
  ) {}

  /** Stores a value as canonical JSON. */
  async write(key: string, value: unknown): Promise<StoredObject> {
    const body = Buffer.from(stringify(value, null, 2) ?? 'null');
    const digest = createHash('sha256').update(body).digest();
    const put = new PutObjectCommand({
      ...this.locked(key),
      Body: body,
      ContentType: 'application/json',
      ChecksumSHA256: digest.toString('base64'),
    });
    const { VersionId, $metadata } = await unobserved(() => this.aws.s3.send(put));
    if (VersionId === undefined) {
      throw new Error(`the evidence bucket ${this.configuration.evidenceBucket} keeps no versions`);
    }
    return {
      bucket: this.configuration.evidenceBucket,
      key,
      versionId: VersionId,
      sha256: digest.toString('hex'),
      sizeBytes: body.length,
      requestId: $metadata.requestId ?? null,
    };
  }

  /** Opens an object that comes in parts, each with its SHA-256 checked by S3. Answers the upload's id. */
  async openUpload(key: string): Promise<string> {
    const { UploadId } = await this.aws.s3.send(
      new CreateMultipartUploadCommand({
        ...this.locked(key),
        ChecksumAlgorithm: 'SHA256',
        ChecksumType: 'COMPOSITE',
      }),
    );
    return UploadId ?? '';
  }

  /** How every object goes in: under the evidence key, and for so long that nobody can shorten it, root included. */
  private locked(key: string) {
    const { evidenceBucket, evidenceKeyArn, evidenceRetentionDays } = this.configuration;
    return {
      Bucket: evidenceBucket,
      Key: key,
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: evidenceKeyArn,
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date(this.now().getTime() + evidenceRetentionDays * 86_400_000),
    } as const;
  }

  /** Enters stored objects into the incident's chain of custody, in their order. Answers how many were new to it. */
  enter(
    incidentId: string,
    pieces: readonly Piece[],
    collectedBy: string,
    read?: Parameters<Chain['append']>[2],
  ): Promise<number> {
    const collectedAt = this.now().toISOString();
    const soFar = callsSoFar();
    return this.store.chain.append(
      incidentId,
      pieces.map(({ kind, description, object, calls = soFar }) => ({
        kind,
        description,
        ...object,
        collectedAt,
        collectedBy,
        calls: [...calls],
      })),
      read,
    );
  }

  /** Stores a value and enters it: `incidents/<incident>/<name>.json`. */
  async preserve(
    incidentId: string,
    kind: string,
    name: string,
    description: string,
    value: unknown,
    collectedBy: string,
  ): Promise<void> {
    const [object, read] = await Promise.all([
      this.write(`incidents/${incidentId}/${name}.json`, value),
      this.store.chain.links(incidentId),
    ]);
    await this.enter(incidentId, [{ kind, description, object }], collectedBy, read);
  }

  /** As `preserve`, where the response must go on without: what could not be kept is a problem that the record names. */
  async keep(...piece: Parameters<Evidence['preserve']>): Promise<void> {
    try {
      await this.preserve(...piece);
    } catch (error) {
      const [incidentId, kind] = piece;
      await this.store.incidents.noteProblem(incidentId, `evidence not kept: ${kind}: ${errorName(error)}`);
    }
  }

  /** Signs the chain as it stands and stores manifest and seal. Nothing is missing from the record afterwards without it showing. */
  async sealChain(incidentId: string, name: string): Promise<Seal> {
    const entries = await this.store.chain.entries(incidentId);
    const unsigned = {
      incidentId,
      entries: entries.length,
      lastHash: entries.at(-1)?.hash ?? '',
      sealedAt: this.now().toISOString(),
      keyId: this.configuration.sealingKeyArn,
      signingAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    } as const;
    const { Signature } = await this.aws.kms.send(
      new SignCommand({
        KeyId: unsigned.keyId,
        SigningAlgorithm: unsigned.signingAlgorithm,
        MessageType: 'DIGEST',
        Message: createHash('sha256')
          .update(stringify(unsigned) ?? '')
          .digest(),
      }),
    );
    const signed = seal.parse({ ...unsigned, signature: Buffer.from(Signature ?? []).toString('base64') });
    await this.write(`incidents/${incidentId}/manifest-${name}.json`, { seal: signed, entries });
    await this.store.chain.noteSeal(signed, name);
    return signed;
  }
}
