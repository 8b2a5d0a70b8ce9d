import type { S3Client } from '@aws-sdk/client-s3';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { serviceHost } from '../aws/service-host';
import { Sha256 } from '../aws/signing-hash';

/** An object, and for how long whoever holds its URL may do the one thing that it is for. */
interface Signed {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly now: Date;
  readonly seconds: number;
}

/**
 * A URL by which whoever holds it may write this one object, once, and nothing else: `If-None-Match` is signed into it. The
 * object's Object Lock asks for a digest, which the host sends as Content-MD5; checksums in `x-amz-` headers would have to
 * be signed, before there is anything to sum.
 */
export function uploadUrl(s3: S3Client, to: Signed): Promise<string> {
  return sign(s3, to, { method: 'PUT', headers: { 'if-none-match': '*' } });
}

/** A URL by which one part can be written, and only with the bytes of this checksum: base64 SHA-256, sent along as signed. */
export function partUrl(
  s3: S3Client,
  to: Signed,
  part: { readonly uploadId: string; readonly number: number; readonly checksum: string },
): Promise<string> {
  return sign(s3, to, {
    method: 'PUT',
    headers: { 'x-amz-checksum-sha256': part.checksum },
    query: { partNumber: String(part.number), uploadId: part.uploadId },
  });
}

/** A URL by which this one object can be read. */
export function downloadUrl(s3: S3Client, from: Signed): Promise<string> {
  return sign(s3, from, { method: 'GET' });
}

async function sign(
  s3: S3Client,
  { bucket, key, region, now, seconds }: Signed,
  request: {
    readonly method: 'GET' | 'PUT';
    readonly headers?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const presigner = new S3RequestPresigner({ credentials: s3.config.credentials, region, sha256: Sha256 });
  const hostname = `${bucket}.${serviceHost('s3', region)}`;
  const path = `/${key.split('/').map(encodeURIComponent).join('/')}`;
  const { method, headers = {}, query = {} } = request;
  const signed = await presigner.presign(
    { method, protocol: 'https:', hostname, path, query: { ...query }, headers: { host: hostname, ...headers } },
    // Moved into the query, S3 would not hold the bytes against a checksum.
    { expiresIn: seconds, signingDate: now, unhoistableHeaders: new Set(Object.keys(headers)) },
  );
  const url = new URL(`https://${hostname}${path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url.href;
}
