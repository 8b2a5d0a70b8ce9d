import { AwsError } from './aws-error';
import { type Input, list } from './command';

interface Filter {
  readonly Name?: string;
  readonly Values?: readonly string[];
}

/**
 * What EC2's filters let through: every filter must match, by one of its values. `values` answers what an item has for a
 * filter's name, or undefined where there is no such filter.
 */
export function filtered<T extends { readonly tags?: Readonly<Record<string, string>> }>(
  items: Iterable<T>,
  input: Input,
  values: (item: T, name: string) => readonly (string | null | undefined)[] | undefined,
): T[] {
  return [...items].filter((item) =>
    list<Filter>(input, 'Filters').every(({ Name = '', Values = [] }) => {
      const found = tagValues(item, Name) ?? values(item, Name);
      if (found === undefined) throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`);
      return found.some((value) => value != null && Values.some((pattern) => matches(pattern, value)));
    }),
  );
}

function tagValues(item: { readonly tags?: Readonly<Record<string, string>> }, name: string): string[] | undefined {
  if (name === 'tag-key') return Object.keys(item.tags ?? {});
  if (!name.startsWith('tag:')) return undefined;
  const value = item.tags?.[name.slice('tag:'.length)];
  return value === undefined ? [] : [value];
}

function matches(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(value);
}

/** One page of a list, EC2's way: `NextToken` goes on where the last page ended. */
export function paged<T>(items: readonly T[], input: Input, name: string, most = 1_000): Record<string, unknown> {
  const asked = input['MaxResults'];
  const size = typeof asked === 'number' ? Math.min(asked, most) : most;
  const token = input['NextToken'];
  const start = typeof token === 'string' ? Number(token) : 0;
  if (!Number.isInteger(start)) throw new AwsError('InvalidPaginationToken', `The token '${String(token)}' is invalid`);
  const following = start + size;
  return {
    [name]: items.slice(start, following),
    ...(following < items.length ? { NextToken: String(following) } : {}),
  };
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
