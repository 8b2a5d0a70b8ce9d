import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { documentClient } from '../../tasks/store/document-client';
import type { TableClient } from '../../tasks/store/table';
import type { Scheduler } from '../engine/scheduler';

/** DynamoDB in this process, with the one table. It speaks the protocol over loopback, as the real one does. */
export interface LocalTable {
  readonly client: TableClient;
  /** Where it speaks DynamoDB's protocol. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** As slow as any other call: what is fast enough here is fast enough in AWS. */
const latencyMs = 150;

export async function openTable(tableName: string, scheduler: Scheduler): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the local table has no port');

  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new DynamoDBClient({
    region: 'local',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  // Each call waits its turn on the clock and holds the clock while it is under way: concurrent tasks reach the table
  // in the same order on every run.
  client.middlewareStack.add(
    (next) => async (args) => {
      await scheduler.sleep(latencyMs);
      return scheduler.track(next(args));
    },
    { step: 'initialize', priority: 'high', name: 'takeTurns' },
  );
  return {
    client: documentClient(client),
    endpoint,
    async close() {
      client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
