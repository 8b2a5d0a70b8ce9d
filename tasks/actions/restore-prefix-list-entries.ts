import { ModifyManagedPrefixListCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { ownerByTags, readPrefixList } from '../aws/network';
import { isEveryAddress } from '../network/addresses';
import { readForProposal, writeNetwork } from '../network/permissions';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';
import { touchesOf } from './touches';

const side = z.strictObject({ cidrs: z.array(z.string()) });

/** Takes back which addresses a customer-managed prefix list holds. */
export const restorePrefixListEntries: Action = {
  id: 'restore-prefix-list-entries',
  description: 'Removes the entries that were added to a prefix list and adds those that were removed',
  permissions: { read: readForProposal, write: [writeNetwork('prefix-list', 'ModifyManagedPrefixList')] },

  async propose({ aws }, dossier) {
    const stood = new Map<string, Map<string, boolean>>();
    for (const { touch } of touchesOf(dossier)) {
      if (touch.kind !== 'prefix-list-modified') continue;
      const list = stood.get(touch.prefixListId) ?? new Map<string, boolean>();
      stood.set(touch.prefixListId, list);
      for (const { cidr } of touch.added) if (!list.has(cidr)) list.set(cidr, false);
      for (const cidr of touch.removed) if (!list.has(cidr)) list.set(cidr, true);
    }
    const changes = [];
    for (const [id, touched] of stood) {
      const list = await readPrefixList(aws.ec2, id);
      if (list === null) continue;
      const before = list.entries
        .map(({ cidr }) => cidr)
        .filter((cidr) => touched.has(cidr))
        .sort();
      const warnings: string[] = [];
      const after = [...touched].flatMap(([cidr, wasThere]) => {
        if (!wasThere) return [];
        if (!isEveryAddress(cidr) || before.includes(cidr)) return [cidr];
        warnings.push(`Not put back, because it is every address: ${cidr}.`);
        return [];
      });
      after.sort();
      if (sameState(before, after)) continue;
      const owner = ownerByTags(list.tags);
      if (owner !== null) warnings.push(`${owner} made this prefix list and may change it again at its next run.`);
      const removed = before.filter((cidr) => !after.includes(cidr)).map((cidr) => `remove ${cidr}`);
      const added = after.filter((cidr) => !before.includes(cidr)).map((cidr) => `add ${cidr}`);
      changes.push({
        id: `restore-prefix-list-entries:${id}`,
        action: 'restore-prefix-list-entries',
        target: { type: 'AWS::EC2::PrefixList', id },
        before: { cidrs: before },
        after: { cidrs: after },
        line: `${id}: ${[...removed, ...added].join('; ')}`,
        reversible: true,
        knownFrom: 'event' as const,
        owner,
        warnings,
      });
    }
    return changes;
  },

  async present({ aws }, change) {
    const list = await readPrefixList(aws.ec2, change.target.id);
    if (list === null) return null;
    const touched = new Set([...cidrsOf(change.before), ...cidrsOf(change.after)]);
    return {
      cidrs: list.entries
        .map(({ cidr }) => cidr)
        .filter((cidr) => touched.has(cidr))
        .sort(),
    };
  },

  async apply(context, change) {
    const { ec2 } = context.aws;
    const list = await readPrefixList(ec2, change.target.id);
    const present = cidrsOf(await this.present(context, change));
    const wanted = cidrsOf(change.after);
    const AddEntries = wanted.filter((cidr) => !present.includes(cidr)).map((Cidr) => ({ Cidr }));
    const RemoveEntries = present.filter((cidr) => !wanted.includes(cidr)).map((Cidr) => ({ Cidr }));
    if (AddEntries.length + RemoveEntries.length === 0) return;
    await ec2.send(
      new ModifyManagedPrefixListCommand({
        PrefixListId: change.target.id,
        // Another hand's new version makes this call fail, as it should.
        CurrentVersion: list?.version,
        ...(AddEntries.length === 0 ? {} : { AddEntries }),
        ...(RemoveEntries.length === 0 ? {} : { RemoveEntries }),
      }),
    );
  },

  async verify(context, change) {
    const list = await readPrefixList(context.aws.ec2, change.target.id);
    if (list?.state.endsWith('-in-progress') === true) return { state: 'pending', waitingFor: 'its new version' };
    return sameState(await this.present(context, change), change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} does not hold the entries that it should` };
  },

  undo: inverted,
};

function cidrsOf(state: unknown): string[] {
  return state === null ? [] : side.parse(state).cidrs;
}
