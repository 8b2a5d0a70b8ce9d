import type { Expressions, Item, TableClient } from '../../tasks/store/table';
import type { Scheduler } from '../engine/scheduler';

/** As slow as any other call: what is fast enough here is fast enough in AWS. */
const latencyMs = 150;

/** The incident table of a world: each call waits its turn on the clock, so that all runs reach it in the same order. */
export function incidentTable(scheduler: Scheduler): TableClient {
  const table = memoryTable();
  const inTurn =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    async (input: Input) => {
      await scheduler.sleep(latencyMs);
      return call(input);
    };
  return {
    get: inTurn(table.get),
    put: inTurn(table.put),
    update: inTurn(table.update),
    delete: inTurn(table.delete),
    query: inTurn(table.query),
  };
}

/**
 * DynamoDB's item operations in memory: as much of the expressions as the store writes, and an error for anything else. A
 * server of the protocol would take half of a rehearsal's time; that this does as one does is tested against one.
 */
export function memoryTable(): TableClient {
  const partitions = new Map<unknown, Map<string, Item>>();
  const itemsOf = (pk: unknown): Map<string, Item> => {
    const items = partitions.get(pk) ?? new Map<string, Item>();
    partitions.set(pk, items);
    return items;
  };
  const find = ({ pk, sk }: Item): Item | undefined => partitions.get(pk)?.get(String(sk));
  const keep = (item: Item) => itemsOf(item['pk']).set(String(item['sk']), item);
  const guard = (item: Item | undefined, expressions: Expressions) => {
    const { ConditionExpression: condition } = expressions;
    if (condition === undefined || holds(condition, item ?? {}, expressions)) return;
    const error = new Error('The conditional request failed');
    error.name = 'ConditionalCheckFailedException';
    throw error;
  };
  return {
    async get({ Key }) {
      return { Item: copy(find(Key)) };
    },
    async put({ Item, ...expressions }) {
      guard(find(Item), expressions);
      keep(copy(Item));
    },
    async update({ Key, UpdateExpression, ...expressions }) {
      const present = find(Key);
      guard(present, expressions);
      const next = copy(present ?? Key);
      set(UpdateExpression, next, expressions);
      keep(next);
      return { Attributes: copy(next) };
    },
    async delete({ Key, ...expressions }) {
      guard(find(Key), expressions);
      itemsOf(Key['pk']).delete(String(Key['sk']));
    },
    async query({ KeyConditionExpression, ExpressionAttributeValues, ScanIndexForward = true, Limit }) {
      const { ':pk': pk, ':prefix': prefix, ':from': from, ':to': to } = ExpressionAttributeValues;
      const within = (sk: string) => {
        if (KeyConditionExpression === 'pk = :pk AND begins_with(sk, :prefix)') return sk.startsWith(String(prefix));
        if (KeyConditionExpression === 'pk = :pk AND sk BETWEEN :from AND :to') {
          return sk >= String(from) && sk <= String(to);
        }
        throw new Error(`this table does not know ${KeyConditionExpression}`);
      };
      const found = [...itemsOf(pk)]
        .filter(([sk]) => within(sk))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, item]) => item);
      return { Items: copy((ScanIndexForward ? found : found.reverse()).slice(0, Limit)) };
    },
  };
}

/** A deep copy of what an item may hold; `structuredClone` takes several times as long, in every call of every rehearsal. */
function copy<T>(value: T): T;
function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => copy(one));
  const made: Item = {};
  for (const [name, inner] of Object.entries(value)) made[name] = copy(inner);
  return made;
}

/** The names of a path, with what `#names` stand for. */
function namesOf(path: string, { ExpressionAttributeNames = {} }: Expressions): string[] {
  return path.split('.').map((name) => (name.startsWith('#') ? (ExpressionAttributeNames[name] ?? name) : name));
}

function evaluate(term: string, item: Item, expressions: Expressions): unknown {
  const text = term.trim();
  if (text.startsWith(':')) return copy(expressions.ExpressionAttributeValues?.[text]);
  const sum = /^(.+) \+ (:\w+)$/.exec(text);
  if (sum !== null)
    return Number(evaluate(sum[1] ?? '', item, expressions)) + Number(evaluate(sum[2] ?? '', item, expressions));
  const [, called, inner = ''] = /^(\w+)\((.+)\)$/.exec(text) ?? [];
  const given = inner.split(',').map((part) => part.trim());
  if (called === 'if_not_exists')
    return evaluate(given[0] ?? '', item, expressions) ?? evaluate(given[1] ?? '', item, expressions);
  if (called === 'list_append') return given.flatMap((part) => evaluate(part, item, expressions) as unknown[]);
  if (called === 'size')
    return (evaluate(given[0] ?? '', item, expressions) as { length?: number } | undefined)?.length;
  if (called !== undefined) throw new Error(`this table does not know ${called}`);
  return namesOf(text, expressions).reduce<unknown>((inner, name) => (inner as Item | undefined)?.[name], item);
}

function holds(condition: string, item: Item, expressions: Expressions): boolean {
  return condition
    .split(' OR ')
    .some((all) => all.split(' AND ').every((term) => termHolds(term.trim(), item, expressions)));
}

function termHolds(term: string, item: Item, expressions: Expressions): boolean {
  if (term.startsWith('NOT ')) return !termHolds(term.slice(4), item, expressions);
  const [, called, inner = ''] = /^(\w+)\(([^)]+)\)$/.exec(term) ?? [];
  const given = inner.split(',').map((part) => evaluate(part, item, expressions));
  switch (called) {
    case 'attribute_exists':
      return given[0] !== undefined;
    case 'attribute_not_exists':
      return given[0] === undefined;
    case 'contains':
      return Array.isArray(given[0]) && given[0].includes(given[1]);
    case undefined:
      break;
    default:
      throw new Error(`this table does not know ${called}`);
  }
  const [, left = '', sign, right = ''] = /^(\S+) (=|<>|<|>) (\S+)$/.exec(term) ?? [];
  if (sign === undefined) throw new Error(`this table does not know ${term}`);
  const [one, other] = [evaluate(left, item, expressions), evaluate(right, item, expressions)];
  if (one === undefined || other === undefined) return false;
  if (sign === '=') return one === other;
  if (sign === '<>') return one !== other;
  const [less, more] = typeof one === 'number' ? [one, Number(other)] : [String(one), String(other)];
  return sign === '<' ? less < more : less > more;
}

function set(expression: string, item: Item, expressions: Expressions): void {
  const [, assignments] = /^SET (.+)$/.exec(expression) ?? [];
  if (assignments === undefined) throw new Error(`this table does not know ${expression}`);
  // All right-hand sides are of the item as it was.
  const made = assignments.split(/, (?=[#\w.]+ = )/).map((assignment) => {
    const [path = '', value = ''] = assignment.split(' = ');
    return { names: namesOf(path, expressions), value: evaluate(value, item, expressions) };
  });
  for (const { names, value } of made) {
    const last = names.at(-1) ?? '';
    const inner = names.slice(0, -1).reduce<Item>((outer, name) => outer[name] as Item, item);
    inner[last] = value;
  }
}
