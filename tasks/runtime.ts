import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { LoadedPlan } from '../runbooks/plan-document';
import { awsClients } from './aws/clients';
import { publisher } from './aws/publisher';
import { type Configuration, readConfiguration } from './configuration';
import type { Deps } from './deps';
import { Evidence } from './evidence';
import { kubernetesClients } from './kubernetes/client';
import { log } from './log';
import { readPlan } from './plan-files';
import { slackClient } from './slack/client';
import { slackResponders } from './slack/responders';
import { readSlackSecrets } from './slack/secrets';
import { documentClient } from './store/document-client';
import { openStore } from './store/store';

/** What tasks work with in AWS, or at any endpoint that `AWS_ENDPOINT_URL` names. Throws where the environment is incomplete. */
export function runtimeDeps(env: Readonly<Record<string, string | undefined>>): Deps {
  const configuration = readConfiguration(env);
  const now = () => new Date();
  const aws = awsClients(configuration.region);
  const store = openStore(documentClient(new DynamoDBClient({ region: configuration.region })), {
    tableName: configuration.incidentTable,
    account: configuration.account,
    region: configuration.region,
  });
  const plan = plansIn(configuration);
  const slackSecrets = readSlackSecrets(async () => {
    const { SecretString } = await aws.secretsManager.send(
      new GetSecretValueCommand({ SecretId: configuration.slackSecretArn }),
    );
    return SecretString ?? '{}';
  }, now);
  const slackApi = async () => slackClient((await slackSecrets()).botToken, configuration.slackApiUrl);
  return {
    now,
    pause: (milliseconds) => setTimeout(milliseconds),
    configuration,
    aws,
    kubernetes: kubernetesClients({ eks: aws.eks, sts: aws.sts, region: configuration.region, now }),
    store,
    evidence: new Evidence(aws, store, configuration, now),
    responders: slackResponders({
      store,
      configuration,
      log,
      slack: slackApi,
      channelOf: async ({ category }) => plan(category).plan.channel,
      fallBack: publisher(aws.sns, configuration.fallbackTopicArn),
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
