import {
  CreateNetworkAclEntryCommand,
  DeleteNetworkAclEntryCommand,
  ReplaceNetworkAclEntryCommand,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { type NetworkAclEntry, networkAclEntry } from '../../runbooks/network-change';
import { filter, readNetworkAcls } from '../aws/network';
import { writeNetwork } from '../network/permissions';
import { sameState } from '../same-state';
import type { Action } from './action';
import { inverted } from './inverted';

/** One place in a network ACL: its number and direction, and what stands there. */
const place = z.strictObject({ ruleNumber: z.number().int(), egress: z.boolean(), entry: networkAclEntry.nullable() });
const side = z.strictObject({ entries: z.array(place) });
export type Place = z.infer<typeof place>;

export const writeNetworkAcls = writeNetwork(
  'network-acl',
  'CreateNetworkAclEntry',
  'ReplaceNetworkAclEntry',
  'DeleteNetworkAclEntry',
);

/** What changes of a network ACL's entries have in common, whoever proposes them: both sides are `{ entries: Place[] }`. */
export const networkAclPlaces: Pick<Action, 'present' | 'apply' | 'verify' | 'undo'> = {
  async present({ aws }, change) {
    const [acl] = await readNetworkAcls(aws.ec2, filter('network-acl-id', [change.target.id]));
    if (acl === undefined) return null;
    return { entries: placesOf(change.after).map((it) => standing(acl.entries, it)) };
  },

  async apply(context, change) {
    const present = placesOf(await this.present(context, change));
    const { ec2 } = context.aws;
    for (const { ruleNumber, egress, entry } of placesOf(change.after)) {
      const there = present.find((it) => it.ruleNumber === ruleNumber && it.egress === egress)?.entry ?? null;
      if (sameState(there, entry)) continue;
      const NetworkAclId = change.target.id;
      if (entry === null) {
        await ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: ruleNumber, Egress: egress }));
      } else if (there === null) {
        await ec2.send(new CreateNetworkAclEntryCommand({ NetworkAclId, ...asInput(entry) }));
      } else {
        // In one call: at no moment is the place empty.
        await ec2.send(new ReplaceNetworkAclEntryCommand({ NetworkAclId, ...asInput(entry) }));
      }
    }
    return undefined;
  },

  async verify(context, change) {
    const present = await this.present(context, change);
    if (present === null) return { state: 'failed', reason: `${change.target.id} is gone` };
    return sameState(present, change.after)
      ? { state: 'done' }
      : { state: 'failed', reason: `${change.target.id} does not have the entries that it should` };
  },

  undo: inverted,
};

/** What stands in a place now. */
export function standing(entries: readonly NetworkAclEntry[], { ruleNumber, egress }: Omit<Place, 'entry'>): Place {
  const entry = entries.find((it) => it.ruleNumber === ruleNumber && it.egress === egress) ?? null;
  return { ruleNumber, egress, entry };
}

function placesOf(state: unknown): Place[] {
  return state === null ? [] : side.parse(state).entries;
}

function asInput(entry: NetworkAclEntry) {
  const v6 = entry.cidr.includes(':');
  return {
    RuleNumber: entry.ruleNumber,
    Egress: entry.egress,
    RuleAction: entry.action,
    Protocol: entry.protocol,
    ...(v6 ? { Ipv6CidrBlock: entry.cidr } : { CidrBlock: entry.cidr }),
    ...(entry.fromPort === null || entry.toPort === null
      ? {}
      : { PortRange: { From: entry.fromPort, To: entry.toPort } }),
    ...(entry.icmp === null ? {} : { IcmpTypeCode: { Type: entry.icmp.type, Code: entry.icmp.code } }),
  };
}
