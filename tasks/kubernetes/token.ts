import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';

/** SHA-256 as the signer wants it: by itself, or keyed. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.hash.digest()));
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/**
 * What EKS takes for a password: a pre-signed call of STS's GetCallerIdentity that names the cluster. EKS accepts it for
 * 15 minutes, however soon the signature itself expires.
 * https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export async function clusterToken(
  sts: STSClient,
  where: { readonly cluster: string; readonly region: string; readonly now: Date },
): Promise<string> {
  const signer = new SignatureV4({
    service: 'sts',
    region: where.region,
    credentials: sts.config.credentials,
    sha256: Sha256,
  });
  const hostname = `sts.${where.region}.amazonaws.com`;
  const { path, query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': where.cluster },
    },
    { expiresIn: 60, signingDate: where.now, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  );
  const url = new URL(`https://${hostname}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return `k8s-aws-v1.${Buffer.from(url.href).toString('base64url')}`;
}
