import { constants, createPublicKey, publicDecrypt } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { sealingKey } from '../replay/estate/sealing-key';
import type { StoredVersion } from '../replay/estate/state';

/** A version as a test may have harmed it. */
export type ServedVersion = StoredVersion & { readonly deleted?: boolean; readonly mode?: string };

/** S3 and KMS over HTTP, as far as evidence is verified by them: what a rehearsal left in its bucket, version by version. */
export class ServedBucket {
  versions: ServedVersion[] = [];
  /** A refusal for every call. */
  refusal: string | null = null;
  private readonly server: Server;
  private readonly publicKey = createPublicKey(sealingKey);

  private constructor() {
    this.server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const url = new URL(request.url ?? '/', 'http://localhost');
        const { status, body } = request.method === 'POST' ? this.kms(Buffer.concat(chunks).toString()) : this.s3(url);
        response.writeHead(status).end(body);
      })();
    });
  }

  static async start(): Promise<ServedBucket> {
    const bucket = new ServedBucket();
    await new Promise<void>((resolve) => bucket.server.listen(0, '127.0.0.1', resolve));
    return bucket;
  }

  get endpoint(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private s3({ pathname, searchParams }: URL): { status: number; body: string } {
    if (this.refusal !== null) return xmlError(403, this.refusal);
    const [, , ...path] = pathname.split('/').map(decodeURIComponent);
    const key = path.join('/');
    if (searchParams.has('versions')) return { status: 200, body: this.listed(searchParams.get('prefix') ?? '') };
    const versionId = searchParams.get('versionId');
    const found = this.versions.findLast((it) => it.key === key && (versionId === null || it.versionId === versionId));
    if (found === undefined || found.deleted === true)
      return xmlError(404, versionId === null ? 'NoSuchKey' : 'NoSuchVersion');
    if (!searchParams.has('retention')) return { status: 200, body: found.body };
    return found.lockedUntil === null
      ? xmlError(404, 'NoSuchObjectLockConfiguration')
      : {
          status: 200,
          body: `<Retention><Mode>${found.mode ?? 'COMPLIANCE'}</Mode><RetainUntilDate>${found.lockedUntil}</RetainUntilDate></Retention>`,
        };
  }

  private listed(prefix: string): string {
    const items = this.versions
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, versionId, deleted }) => {
        const name = deleted === true ? 'DeleteMarker' : 'Version';
        return `<${name}><Key>${key}</Key><VersionId>${versionId}</VersionId></${name}>`;
      });
    return `<ListVersionsResult><IsTruncated>false</IsTruncated>${items.join('')}</ListVersionsResult>`;
  }

  private kms(body: string): { status: number; body: string } {
    const { Message = '', Signature = '' } = JSON.parse(body) as { Message?: string; Signature?: string };
    return this.signed(Buffer.from(Signature, 'base64'))?.equals(Buffer.from(Message, 'base64')) === true
      ? { status: 200, body: JSON.stringify({ SignatureValid: true }) }
      : { status: 400, body: JSON.stringify({ __type: 'KMSInvalidSignatureException' }) };
  }

  /** The digest that PKCS #1 signed, which stands behind its algorithm's name; null where the signature is none of this key's. */
  private signed(signature: Buffer): Buffer | null {
    try {
      const opened = publicDecrypt({ key: this.publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
      return opened.subarray(-32);
    } catch {
      return null;
    }
  }
}

function xmlError(status: number, code: string) {
  return { status, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}
