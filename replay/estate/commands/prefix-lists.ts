import { AwsError } from '../aws-error';
import { storedCidr } from '../cidr';
import { type Commands, list, text } from '../command';
import { filtered, paged, tagList } from '../filters';

interface Entry {
  readonly Cidr?: string;
  readonly Description?: string;
}

export const prefixListCommands: Commands = {
  DescribeManagedPrefixLists: {
    run({ state }, input) {
      const found = filtered(state.prefixLists.values(), input, (it, name) => {
        if (name === 'prefix-list-id') return [it.id];
        return name === 'prefix-list-name' ? [it.name] : undefined;
      }).map((it) => ({
        PrefixListId: it.id,
        PrefixListName: it.name,
        State: it.state,
        Version: it.version,
        Tags: tagList(it.tags),
      }));
      return paged(found, input, 'PrefixLists', 100);
    },
  },

  GetManagedPrefixListEntries: {
    run({ state }, input) {
      const found = state.prefixLists.get(text(input, 'PrefixListId'));
      if (found === undefined) throw noList(text(input, 'PrefixListId'));
      return paged(
        found.entries.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })),
        input,
        'Entries',
        100,
      );
    },
  },

  ModifyManagedPrefixList: {
    run({ state, scheduler }, input) {
      const found = state.prefixLists.get(text(input, 'PrefixListId'));
      if (found === undefined) throw noList(text(input, 'PrefixListId'));
      if (found.state.endsWith('in-progress')) {
        throw new AwsError('IncorrectState', `The prefix list ${found.id} is in state ${found.state}`);
      }
      const current = input['CurrentVersion'];
      if (typeof current === 'number' && current !== found.version) {
        throw new AwsError('PrefixListVersionMismatch', `The prefix list has the incorrect version number.`);
      }
      const removed = new Set(list<Entry>(input, 'RemoveEntries').map(({ Cidr }) => storedCidr(Cidr)));
      const added = list<Entry>(input, 'AddEntries').map(({ Cidr, Description }) => ({
        cidr: storedCidr(Cidr),
        ...(Description === undefined ? {} : { description: Description }),
      }));
      found.entries = [...found.entries.filter(({ cidr }) => !removed.has(cidr)), ...added];
      found.version++;
      found.state = 'modify-in-progress';
      scheduler.at(scheduler.now() + 10_000, () => {
        found.state = 'modify-complete';
      });
      return { PrefixList: { PrefixListId: found.id, State: found.state, Version: found.version } };
    },
    trace(input, output) {
      const entries = (name: string) => {
        const found = list<Entry>(input, name).map(({ Cidr, Description }) => ({
          Cidr,
          ...(Description === undefined ? {} : { Description }),
        }));
        return found.length === 0 ? {} : { [name === 'AddEntries' ? 'AddEntry' : 'RemoveEntry']: found };
      };
      return {
        requestParameters: {
          ModifyManagedPrefixListRequest: {
            PrefixListId: text(input, 'PrefixListId'),
            ...entries('AddEntries'),
            ...entries('RemoveEntries'),
          },
        },
        responseElements:
          output === null ? null : { ModifyManagedPrefixListResponse: { prefixList: { state: 'modify-in-progress' } } },
        resources: [{ type: 'AWS::EC2::PrefixList', name: text(input, 'PrefixListId') }],
      };
    },
  },
};

function noList(id: string): AwsError {
  return new AwsError('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`);
}
