import type { S3Client } from '@aws-sdk/client-s3';
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { Sha256 } from '../aws/signing-hash';

/** Long enough for the script, too short for anybody who finds the URL on the host later. */
const lifeSeconds = 900;

/**
 * A URL by which whoever holds it may write this one object, once, and nothing else: `If-None-Match` is signed into it. The
 * object's Object Lock asks for a digest, which the host sends as Content-MD5; checksums in `x-amz-` headers would have to
 * be signed, before there is anything to sum.
 */
export async function uploadUrl(
  s3: S3Client,
  to: { readonly bucket: string; readonly key: string; readonly region: string; readonly now: Date },
): Promise<string> {
  const presigner = new S3RequestPresigner({
    credentials: s3.config.credentials,
    region: to.region,
    sha256: Sha256,
  });
  const hostname = `${to.bucket}.s3.${to.region}.amazonaws.com`;
  const path = `/${to.key.split('/').map(encodeURIComponent).join('/')}`;
  const signed = await presigner.presign(
    { method: 'PUT', protocol: 'https:', hostname, path, query: {}, headers: { host: hostname, 'if-none-match': '*' } },
    { expiresIn: lifeSeconds, signingDate: to.now },
  );
  const url = new URL(`https://${hostname}${path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url.href;
}
