import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

type Item = Record<string, unknown>;

/**
 * The incident table, by what its clients need: reads are consistent, and every write that another could race says
 * under which condition it holds and answers whether it did.
 */
export class Table {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly name: string,
  ) {}

  async get(key: Key): Promise<Item | null> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.name, Key: { ...key }, ConsistentRead: true }),
    );
    return Item ?? null;
  }

  async put(key: Key, item: Item): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.name, Item: { ...item, ...key } }));
  }

  /** Writes unless the condition fails. Answers whether it was written. */
  putIf(key: Key, item: Item, condition: Condition): Promise<boolean> {
    return held(
      this.client.send(new PutCommand({ TableName: this.name, Item: { ...item, ...key }, ...expression(condition) })),
    );
  }

  /** The item after the update, or null where the condition failed. */
  async update(key: Key, change: string, condition: Condition): Promise<Item | null> {
    const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = expression(condition);
    const input: UpdateCommandInput = {
      TableName: this.name,
      Key: { ...key },
      UpdateExpression: change,
      ConditionExpression,
      ExpressionAttributeNames,
      ExpressionAttributeValues,
      ReturnValues: 'ALL_NEW',
    };
    try {
      const { Attributes } = await this.client.send(new UpdateCommand(input));
      return Attributes ?? null;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return null;
      throw error;
    }
  }

  deleteIf(key: Key, condition: Condition): Promise<boolean> {
    return held(
      this.client.send(new DeleteCommand({ TableName: this.name, Key: { ...key }, ...expression(condition) })),
    );
  }

  /** All items of a partition whose sort key begins with `prefix`, in its order. */
  async list(pk: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
          ConsistentRead: true,
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  /** The last item of a partition in the range `from`…`to` of sort keys, both included. */
  async last(pk: string, from: string, to: string): Promise<Item | null> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.name,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    return Items?.[0] ?? null;
  }
}

/** A condition expression with the names (`#a`) and values (`:b`) that it and its update use. */
export interface Condition {
  readonly when?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

function expression({ when, names, values }: Condition) {
  return {
    ConditionExpression: when,
    ExpressionAttributeNames: names === undefined ? undefined : { ...names },
    ExpressionAttributeValues: values === undefined ? undefined : { ...values },
  };
}

async function held(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
