import { LocalSlack, signedRequest } from '../../../replay/slack/local-slack';
import { openStore, type Store } from '../../../tasks/store/store';
import { eventRecord, nowhere } from '../store/records';
import { type AwsEndpoint, atOnce, openAwsEndpoint } from './aws-endpoint';
import { approvalOf, clickOf, hash, incidentOf, people, secret } from './stage';

/** What the decision handler meets where it is deployed, over AWS's and Slack's protocols: nothing in it is simulated. */
export interface Deployed {
  readonly aws: AwsEndpoint;
  readonly slack: LocalSlack;
  readonly store: Store;
  /** The function's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function deploy(): Promise<Deployed> {
  const botToken = 'xoxb-1';
  const aws = await openAwsEndpoint(JSON.stringify({ botToken, signingSecret: secret }));
  const slack = await LocalSlack.start({
    scheduler: { ...atOnce, now: () => Date.now() },
    botToken,
    signingSecret: secret,
    channels: ['C07INCIDENTS'],
    directory: { users: {}, userGroups: {} },
    deliver: async () => ({ statusCode: 200 }),
  });
  const [account, region, tableName] = ['111122223333', 'eu-central-1', 'incidents'];
  return {
    aws,
    slack,
    store: openStore(aws.table.client, { tableName, account, region }),
    env: {
      AWS_REGION: region,
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ACCOUNT_ID: account,
      PARTITION: 'aws',
      INCIDENT_TABLE: tableName,
      EVIDENCE_BUCKET: 'evidence',
      EVIDENCE_KEY_ARN: 'k',
      SEALING_KEY_ARN: 's',
      SLACK_SECRET_ARN: 'arn:slack',
      FALLBACK_TOPIC_ARN: 'arn:topic',
      EVIDENCE_RETENTION_DAYS: '1',
      RELEASE_MACHINE_ARN: 'arn:release',
      SLACK_API_URL: slack.apiUrl,
    },
    async close() {
      await slack.close();
      await aws.close();
    },
  };
}

/** Opens an incident whose question is this one, for ten minutes from now. */
export async function askIn(store: Store, id: string): Promise<void> {
  const incident = incidentOf({ id: `incident-${id}`, correlation: id, message: null });
  await store.incidents.openOrJoin(incident, eventRecord(id), nowhere);
  const deadline = new Date(Date.now() + 600_000).toISOString();
  await store.approvals.ask(approvalOf({ id, incidentId: incident.id, deadline }), `token-of-${id}`);
}

/** An approver's click, signed now. */
export function approvalClick(id: string): ReturnType<typeof signedRequest> {
  const click = clickOf(people.approver, 'approve', JSON.stringify({ approval: id, shown: hash }));
  return signedRequest(click, secret, Math.floor(Date.now() / 1_000));
}
