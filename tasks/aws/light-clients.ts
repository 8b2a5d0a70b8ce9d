import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Item, TableClient } from '../store/table';
import { serviceHost } from './service-host';
import { type AwsCredentials, signedHeaders } from './signature-v4';

/**
 * The few calls that deciding needs, over HTTP and signed: what a person clicks on is answered within three seconds, cold
 * start included, and any one client of the SDK is more code than the whole decision.
 */
export interface LightClients {
  readonly table: TableClient;
  readonly secret: (secretArn: string) => Promise<string>;
  readonly sendTaskSuccess: (taskToken: string, output: string) => Promise<void>;
  readonly startExecution: (stateMachineArn: string, name: string, input: string) => Promise<void>;
  readonly publish: (topicArn: string, subject: string, message: string) => Promise<void>;
}

interface Where {
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  /** One address for all services, as `AWS_ENDPOINT_URL` names it; AWS itself where it is left out. */
  readonly endpoint?: string | undefined;
  readonly now: () => Date;
}

/** A service's refusal, by the name that the SDK gives it too. */
class ServiceRefused extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

/** Twice again, a little later each time: DynamoDB and its neighbours ask for no more. */
const pausesMs = [50, 200];
/** Longer than any of these calls takes, shorter than Slack's patience. */
const timeoutMs = 1_500;

export function lightClients(where: Where): LightClients {
  const post = async (service: string, headers: Record<string, string>, body: string): Promise<string> => {
    const { region, endpoint, credentials, now } = where;
    const url = new URL(endpoint ?? `https://${serviceHost(service, region)}/`);
    for (let tries = 0; ; tries++) {
      const request = { method: 'POST' as const, url, headers, body };
      const fault = await fetch(url, {
        method: 'POST',
        body,
        headers: signedHeaders(request, credentials(), { region, service }, now()),
        signal: AbortSignal.timeout(timeoutMs),
      }).then(
        async (response) => {
          const text = await response.text();
          return response.ok ? { text } : { refusal: refusalOf(text), again: response.status >= 500 };
        },
        (error: unknown) => ({ refusal: error, again: true }),
      );
      if ('text' in fault) return fault.text;
      const pause = pausesMs[tries];
      if (pause === undefined || !(fault.again || isThrottling(fault.refusal))) throw fault.refusal;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  const json = async (service: string, target: string, version: '1.0' | '1.1', input: unknown): Promise<Answer> => {
    const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
    return answer.parse(JSON.parse((await post(service, headers, JSON.stringify(input))) || '{}'));
  };

  const dynamo = (action: string, input: Readonly<Record<string, unknown>>) =>
    json('dynamodb', `DynamoDB_20120810.${action}`, '1.0', {
      ...input,
      ...marshalled(input, 'Key'),
      ...marshalled(input, 'Item'),
      ...marshalled(input, 'ExpressionAttributeValues'),
      ...marshalled(input, 'ExclusiveStartKey'),
    });

  return {
    table: {
      get: async (input) => ({ Item: plain((await dynamo('GetItem', input))['Item']) }),
      put: (input) => dynamo('PutItem', { ...input }),
      update: async (input) => ({ Attributes: plain((await dynamo('UpdateItem', { ...input }))['Attributes']) }),
      delete: (input) => dynamo('DeleteItem', { ...input }),
      async query(input) {
        const page = await dynamo('Query', { ...input });
        return {
          Items: z
            .array(z.unknown())
            .parse(page['Items'] ?? [])
            .flatMap((item): Item[] => [plain(item) ?? {}]),
          LastEvaluatedKey: plain(page['LastEvaluatedKey']),
        };
      },
    },
    async secret(SecretId) {
      const found = await json('secretsmanager', 'secretsmanager.GetSecretValue', '1.1', { SecretId });
      return z.string().parse(found['SecretString']);
    },
    async sendTaskSuccess(taskToken, output) {
      await json('states', 'AWSStepFunctions.SendTaskSuccess', '1.0', { taskToken, output });
    },
    async startExecution(stateMachineArn, name, input) {
      await json('states', 'AWSStepFunctions.StartExecution', '1.0', { stateMachineArn, name, input });
    },
    async publish(TopicArn, Subject, Message) {
      const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn, Subject, Message });
      await post('sns', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, form.toString());
    },
  };
}

const answer = z.record(z.string(), z.unknown());
type Answer = z.infer<typeof answer>;

function marshalled(input: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const value = input[name];
  return value === undefined ? {} : { [name]: marshall(value, { removeUndefinedValues: true }) };
}

function plain(item: unknown): Item | undefined {
  return item === undefined ? undefined : unmarshall(item as Parameters<typeof unmarshall>[0]);
}

/** JSON services name their error in `__type`, after a namespace and a `#`; SNS in its XML. */
function refusalOf(text: string): ServiceRefused {
  const name = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? /<Code>([^<]+)<\/Code>/.exec(text)?.[1];
  const message = /"[mM]essage"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  return new ServiceRefused(name ?? 'ServiceRefused', message ?? '');
}

function isThrottling(error: unknown): boolean {
  return error instanceof Error && /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded/.test(error.name);
}
