/** What Slack gave the app at its installation. */
export interface SlackSecrets {
  readonly botToken: string;
  /** The present signing secret, then the previous one while a rotation is under way. */
  readonly signingSecrets: readonly string[];
}
