import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';

/** What Slack gave the app at its installation. */
export interface SlackSecrets {
  readonly botToken: string;
  /** The present signing secret, then the previous one while a rotation is under way. */
  readonly signingSecrets: readonly string[];
}

const document = z.object({
  botToken: z.string().min(1),
  signingSecret: z.string().min(1),
  previousSigningSecret: z.string().min(1).optional(),
});

/** A rotated secret is used within a minute, without a deployment. */
const keepMs = 60_000;

/** Reads the secret, a JSON document with `botToken`, `signingSecret` and, while it is rotated, `previousSigningSecret`. */
export function readSlackSecrets(
  client: SecretsManagerClient,
  secretArn: string,
  now: () => Date,
): () => Promise<SlackSecrets> {
  let kept: { readonly until: number; readonly secrets: SlackSecrets } | undefined;
  return async () => {
    if (kept !== undefined && now().getTime() < kept.until) return kept.secrets;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const { botToken, signingSecret, previousSigningSecret } = document.parse(JSON.parse(SecretString ?? '{}'));
    const signingSecrets = [signingSecret, ...(previousSigningSecret === undefined ? [] : [previousSigningSecret])];
    kept = { until: now().getTime() + keepMs, secrets: { botToken, signingSecrets } };
    return kept.secrets;
  };
}
