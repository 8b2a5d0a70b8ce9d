import * as z from 'zod';
import { serviceHost } from './service-host';
import { type AwsCredentials, signedHeaders } from './signature-v4';

/**
 * A proof of who somebody is: a GetCallerIdentity request that they signed and that STS answers for them. It is bound to
 * one purpose by a header among those that are signed, so that it is of no use for another.
 */
export const callerProof = z.strictObject({ headers: z.record(z.string().max(64), z.string().max(4_096)) });
export type CallerProof = z.infer<typeof callerProof>;

const bindingHeader = 'x-eks-incident-response';
const body = 'Action=GetCallerIdentity&Version=2011-06-15';

/** STS's own address in a Region: a proof is never sent elsewhere. */
export function stsUrl(region: string): URL {
  return new URL(`https://${serviceHost('sts', region)}/`);
}

export function proveCaller(
  binding: string,
  credentials: AwsCredentials,
  where: { readonly url: URL; readonly region: string },
  now: Date,
): CallerProof {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', [bindingHeader]: binding };
  const request = { method: 'POST' as const, url: where.url, headers, body };
  return { headers: signedHeaders(request, credentials, { region: where.region, service: 'sts' }, now) };
}

/** The ARN of whoever signed the proof for this purpose; null where STS does not vouch for it, or it is for another. */
export async function callerOf({ headers }: CallerProof, binding: string, url: URL): Promise<string | null> {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const signed = /SignedHeaders=([^,\s]+)/.exec(given.get('authorization') ?? '')?.[1]?.split(';') ?? [];
  if (given.get(bindingHeader) !== binding || given.get('host') !== url.host) return null;
  if (!signed.includes(bindingHeader) || !signed.includes('host')) return null;
  const sent = Object.fromEntries(signed.flatMap((name) => (name === 'host' ? [] : [[name, given.get(name) ?? '']])));
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { ...sent, authorization: given.get('authorization') ?? '' },
    redirect: 'error',
    signal: AbortSignal.timeout(3_000),
  });
  if (!response.ok) return null;
  return /<Arn>(arn:[^<]+)<\/Arn>/.exec(await response.text())?.[1] ?? null;
}
