import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LoadedPlan } from '../runbooks/plan-document';
import { awsClients } from './aws/clients';
import { type Configuration, readConfiguration } from './configuration';
import type { Deps, Log } from './deps';
import { Evidence } from './evidence';
import { readPlan } from './plan-files';
import { slackClient } from './slack/client';
import { slackResponders } from './slack/responders';
import { readSlackSecrets } from './slack/secrets';
import { openStore } from './store/store';

/** What tasks work with in AWS, or at any endpoint that `AWS_ENDPOINT_URL` names. Throws where the environment is incomplete. */
export function runtimeDeps(env: Readonly<Record<string, string | undefined>>): Deps {
  const configuration = readConfiguration(env);
  const now = () => new Date();
  const aws = awsClients(configuration.region);
  const store = openStore(DynamoDBDocumentClient.from(new DynamoDBClient({ region: configuration.region })), {
    tableName: configuration.incidentTable,
    account: configuration.account,
    region: configuration.region,
  });
  const plan = plansIn(configuration);
  const slackSecrets = readSlackSecrets(aws.secretsManager, configuration.slackSecretArn, now);
  const slackApi = async () => slackClient((await slackSecrets()).botToken, configuration.slackApiUrl);
  return {
    now,
    pause: (milliseconds) => setTimeout(milliseconds),
    configuration,
    aws,
    store,
    evidence: new Evidence(aws, store, configuration, now),
    responders: slackResponders({
      store,
      aws,
      configuration,
      plan,
      log,
      slack: slackApi,
    }),
    slackApi,
    slackSecrets,
    plan,
    log,
  };
}

function plansIn({ planDirectory }: Configuration): Deps['plan'] {
  const loaded = new Map<string, LoadedPlan>();
  return (category) => {
    const known = loaded.get(category);
    if (known !== undefined) return known;
    const plan = readPlan(planDirectory, category);
    loaded.set(category, plan);
    return plan;
  };
}

const log: Log = (level, message, about = {}) => {
  console[level](JSON.stringify({ level, message, ...about }));
};
