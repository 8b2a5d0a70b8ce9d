import { setTimeout } from 'node:timers/promises';
import { callerOf, stsUrl } from '../aws/caller';
import { lightClients } from '../aws/light-clients';
import { readConfiguration } from '../configuration';
import { log } from '../log';
import { type SlackApi, slackClient } from '../slack/client';
import { slackResponders } from '../slack/responders';
import { readSlackSecrets } from '../slack/secrets';
import { openStore } from '../store/store';
import type { DecisionDeps } from './deps';

/** What deciding works with in AWS, or at any endpoint that `AWS_ENDPOINT_URL` names. Throws where the environment is incomplete. */
export function decisionDeps(env: Readonly<Record<string, string | undefined>>): DecisionDeps {
  const configuration = readConfiguration(env);
  const { region, account } = configuration;
  const now = () => new Date();
  const clients = lightClients({
    region,
    now,
    endpoint: env['AWS_ENDPOINT_URL'],
    // Lambda renews them in the environment of a function that lives long.
    credentials: () => ({
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: env['AWS_SESSION_TOKEN'],
    }),
  });
  const store = openStore(clients.table, { tableName: configuration.incidentTable, account, region });
  const slackSecrets = readSlackSecrets(() => clients.secret(configuration.slackSecretArn), now);
  let api: { readonly token: string; readonly api: SlackApi } | undefined;
  const slackApi = async () => {
    const { botToken } = await slackSecrets();
    if (api?.token !== botToken) api = { token: botToken, api: slackClient(botToken, configuration.slackApiUrl, true) };
    return api.api;
  };
  const sts = stsUrl(region);
  return {
    now,
    pause: (milliseconds) => setTimeout(milliseconds),
    configuration,
    store,
    responders: slackResponders({
      store,
      configuration,
      log,
      slack: slackApi,
      // Whoever posts a message first knows the channel by the plan; here it is known by the question.
      channelOf: async ({ id }) => (await store.approvals.ofIncident(id)).at(-1)?.channel ?? null,
      fallBack: (subject, message) => clients.publish(configuration.fallbackTopicArn, subject, message),
    }),
    slackApi,
    slackSecrets,
    machines: {
      answer: clients.sendTaskSuccess,
      startRelease: (name, input) => clients.startExecution(configuration.releaseMachineArn, name, input),
    },
    callerOf: (proof, binding) => callerOf(proof, binding, sts),
    log,
  };
}
