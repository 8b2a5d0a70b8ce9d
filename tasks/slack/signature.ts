import { createHmac, timingSafeEqual } from 'node:crypto';

/** Slack's own limit, which it applies in one direction only: a request from the future is as wrong as an old one. */
export const skewSeconds = 300;

/**
 * Whether Slack signed this very body, now. https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isSignedBySlack(
  request: {
    readonly timestamp: string | undefined;
    readonly signature: string | undefined;
    readonly body: string;
  },
  signingSecrets: readonly string[],
  now: Date,
): boolean {
  const { timestamp, signature, body } = request;
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (signature === undefined || !/^v0=[0-9a-f]{64}$/.test(signature)) return false;
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > skewSeconds) return false;
  const given = Buffer.from(signature);
  // Every secret is tried, so that time does not tell which of them it was.
  return signingSecrets
    .map((secret) => timingSafeEqual(Buffer.from(sign(secret, timestamp, body)), given))
    .includes(true);
}

export function sign(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}
