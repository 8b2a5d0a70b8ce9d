import type { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { serviceHost } from '../aws/service-host';
import { Sha256 } from '../aws/signing-hash';

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
  const hostname = serviceHost('sts', where.region);
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
