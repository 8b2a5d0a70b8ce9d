import * as z from 'zod';

/** What a function is told by its environment. Secrets are not: they are read from Secrets Manager when needed. */
const environment = z.object({
  AWS_REGION: z.string(),
  ACCOUNT_ID: z.string().regex(/^\d{12}$/),
  PARTITION: z.string(),
  INCIDENT_TABLE: z.string(),
  EVIDENCE_BUCKET: z.string(),
  EVIDENCE_KEY_ARN: z.string(),
  SEALING_KEY_ARN: z.string(),
  SLACK_SECRET_ARN: z.string(),
  FALLBACK_TOPIC_ARN: z.string(),
  /** The machine that takes changes back, and the role whose sessions may decide: for the decision handler alone. */
  RELEASE_MACHINE_ARN: z.string().default(''),
  APPROVER_ROLE_NAME: z.string().default(''),
  /** Days for which Object Lock keeps every piece of evidence. */
  EVIDENCE_RETENTION_DAYS: z.coerce.number().int().positive(),
  /** Buckets with flow logs that may be read, with commas between them: for whoever collects logs alone. */
  FLOW_LOG_BUCKETS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== '')),
  /** Where the plan's YAML files lie: beside the function's code. */
  PLAN_DIRECTORY: z.string().default('runbooks'),
  /** Where the scripts lie that are run on nodes. */
  SCRIPT_DIRECTORY: z.string().default('scripts'),
  /** Slack's Web API, elsewhere only for rehearsals. */
  SLACK_API_URL: z.url().default('https://slack.com/api/'),
});

export interface Configuration {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly incidentTable: string;
  readonly evidenceBucket: string;
  readonly evidenceKeyArn: string;
  readonly sealingKeyArn: string;
  readonly slackSecretArn: string;
  readonly fallbackTopicArn: string;
  readonly releaseMachineArn: string;
  readonly approverRoleName: string;
  readonly evidenceRetentionDays: number;
  readonly flowLogBuckets: readonly string[];
  readonly planDirectory: string;
  readonly scriptDirectory: string;
  readonly slackApiUrl: string;
}

export function readConfiguration(env: Readonly<Record<string, string | undefined>>): Configuration {
  const it = environment.parse(env);
  return {
    region: it.AWS_REGION,
    account: it.ACCOUNT_ID,
    partition: it.PARTITION,
    incidentTable: it.INCIDENT_TABLE,
    evidenceBucket: it.EVIDENCE_BUCKET,
    evidenceKeyArn: it.EVIDENCE_KEY_ARN,
    sealingKeyArn: it.SEALING_KEY_ARN,
    slackSecretArn: it.SLACK_SECRET_ARN,
    fallbackTopicArn: it.FALLBACK_TOPIC_ARN,
    releaseMachineArn: it.RELEASE_MACHINE_ARN,
    approverRoleName: it.APPROVER_ROLE_NAME,
    evidenceRetentionDays: it.EVIDENCE_RETENTION_DAYS,
    flowLogBuckets: it.FLOW_LOG_BUCKETS,
    planDirectory: it.PLAN_DIRECTORY,
    scriptDirectory: it.SCRIPT_DIRECTORY,
    slackApiUrl: it.SLACK_API_URL,
  };
}
