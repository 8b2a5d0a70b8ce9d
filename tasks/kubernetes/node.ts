import type { V1Node } from '@kubernetes/client-node';

export function isReady({ status: of }: V1Node): boolean {
  return of?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The EC2 instance that a node is, of `aws:///eu-central-1a/i-0123456789abcdef0`; null where its cloud provider has not said so. */
export function instanceOf({ spec }: V1Node): string | null {
  return spec?.providerID?.split('/').at(-1) ?? null;
}
