import { type Input, list } from './command';

export interface TagSpecification {
  readonly ResourceType?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
}

/** The tags that a call gives to what it makes of one kind. */
export function tagsIn(input: Input, kind: string): Record<string, string> {
  const tags = list<TagSpecification>(input, 'TagSpecifications')
    .filter(({ ResourceType }) => ResourceType === kind)
    .flatMap(({ Tags }) => Tags ?? []);
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
