import * as z from 'zod';
import type { Json, Resource } from '../../runbooks/incident';
import { networkAclEntry, securityGroupRule } from '../../runbooks/network-change';
import type { AwsClients } from '../aws/clients';
import { filter, readGroups, readInterfaces, readNetworkAcls, readPrefixList, readRules } from '../aws/network';

/** How networks are recorded: what the baseline keeps, and what evidence shows. Lists are sorted, so equal is equal. */

export const groupState = z.strictObject({
  name: z.string(),
  vpcId: z.string(),
  rules: z.array(z.strictObject({ ruleId: z.string().nullable(), rule: securityGroupRule })),
});

export const networkAclState = z.strictObject({
  vpcId: z.string(),
  entries: z.array(networkAclEntry),
  subnetIds: z.array(z.string()),
});

export const subnetState = z.strictObject({ networkAclId: z.string() });
export const interfaceState = z.strictObject({
  groupIds: z.array(z.string()),
  subnetId: z.string(),
  instanceId: z.string().nullable(),
});
/** How a resource of a network stands now; null where it is gone, or is nothing of a network. */
export async function readNetworkState({ ec2 }: Pick<AwsClients, 'ec2'>, { type, id }: Resource): Promise<Json | null> {
  switch (type) {
    case 'AWS::EC2::SecurityGroup': {
      const [group] = await readGroups(ec2, filter('group-id', [id]));
      if (group === undefined) return null;
      const rules = (await readRules(ec2, [id])).map(({ ruleId, rule }) => ({ ruleId, rule }));
      return sorted({ name: group.name, vpcId: group.vpcId, rules }, 'rules');
    }
    case 'AWS::EC2::NetworkAcl': {
      const [acl] = await readNetworkAcls(ec2, filter('network-acl-id', [id]));
      if (acl === undefined) return null;
      const subnetIds = acl.associations.map(({ subnetId }) => subnetId).sort();
      return sorted({ vpcId: acl.vpcId, entries: acl.entries, subnetIds }, 'entries');
    }
    case 'AWS::EC2::Subnet': {
      const [acl] = await readNetworkAcls(ec2, filter('association.subnet-id', [id]));
      return acl === undefined ? null : { networkAclId: acl.id };
    }
    case 'AWS::EC2::NetworkInterface': {
      const [it] = await readInterfaces(ec2, filter('network-interface-id', [id]));
      return it === undefined ? null : { groupIds: it.groupIds, subnetId: it.subnetId, instanceId: it.instanceId };
    }
    case 'AWS::EC2::PrefixList': {
      const list = await readPrefixList(ec2, id);
      return list === null ? null : sorted({ entries: list.entries }, 'entries');
    }
    default:
      return null;
  }
}

function sorted(state: object, list: string): Json {
  const plain = JSON.parse(JSON.stringify(state)) as Record<string, Json>;
  const members = plain[list];
  if (!Array.isArray(members)) return plain;
  return { ...plain, [list]: [...members].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}
