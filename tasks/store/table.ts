/**
 * DynamoDB's item operations on plain values: the inputs and outputs of its document client. The SDK's serves where its
 * size does not matter, one of our own where a cold start does.
 */
export interface TableClient {
  get(input: { TableName: string; Key: Item; ConsistentRead: boolean }): Promise<{ Item?: Item | undefined }>;
  put(input: { TableName: string; Item: Item } & Expressions): Promise<unknown>;
  update(
    input: { TableName: string; Key: Item; UpdateExpression: string; ReturnValues: 'ALL_NEW' } & Expressions,
  ): Promise<{ Attributes?: Item | undefined }>;
  delete(input: { TableName: string; Key: Item } & Expressions): Promise<unknown>;
  query(input: QueryInput): Promise<{ Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined }>;
}

export interface Expressions {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, unknown> | undefined;
}

export interface QueryInput {
  readonly TableName: string;
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, unknown>;
  readonly ConsistentRead: boolean;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Record<string, unknown>;

/**
 * The incident table, by what its clients need: reads are consistent, and every write that another could race says
 * under which condition it holds and answers whether it did.
 */
export class Table {
  constructor(
    private readonly client: TableClient,
    private readonly name: string,
  ) {}

  async get(key: Key): Promise<Item | null> {
    const { Item } = await this.client.get({ TableName: this.name, Key: { ...key }, ConsistentRead: true });
    return Item ?? null;
  }

  async put(key: Key, item: Item): Promise<void> {
    await this.client.put({ TableName: this.name, Item: { ...item, ...key } });
  }

  /** Writes unless the condition fails. Answers whether it was written. */
  putIf(key: Key, item: Item, condition: Condition): Promise<boolean> {
    return held(this.client.put({ TableName: this.name, Item: { ...item, ...key }, ...expression(condition) }));
  }

  /** The item after the update, or null where the condition failed. */
  async update(key: Key, change: string, condition: Condition): Promise<Item | null> {
    try {
      const { Attributes } = await this.client.update({
        TableName: this.name,
        Key: { ...key },
        UpdateExpression: change,
        ReturnValues: 'ALL_NEW',
        ...expression(condition),
      });
      return Attributes ?? null;
    } catch (error) {
      if (failedItsCondition(error)) return null;
      throw error;
    }
  }

  deleteIf(key: Key, condition: Condition): Promise<boolean> {
    return held(this.client.delete({ TableName: this.name, Key: { ...key }, ...expression(condition) }));
  }

  /** All items of a partition whose sort key begins with `prefix`, in its order. */
  async list(pk: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page: Awaited<ReturnType<TableClient['query']>> = await this.client.query({
        TableName: this.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  /** The last item of a partition in the range `from`…`to` of sort keys, both included. */
  async last(pk: string, from: string, to: string): Promise<Item | null> {
    const { Items } = await this.client.query({
      TableName: this.name,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
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
    if (failedItsCondition(error)) return false;
    throw error;
  }
}

function failedItsCondition(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
