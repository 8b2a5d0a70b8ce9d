import * as z from 'zod';
import { resource } from './incident';

/**
 * The facts of a changed security group, network ACL or of what hangs on them. The plan's conditions read these names;
 * a condition that reads another is refused when the plan is loaded.
 */

/** The EC2 calls that always are of this category. */
export const networkChangeCalls = [
  'AuthorizeSecurityGroupIngress',
  'AuthorizeSecurityGroupEgress',
  'RevokeSecurityGroupIngress',
  'RevokeSecurityGroupEgress',
  'ModifySecurityGroupRules',
  'CreateSecurityGroup',
  'DeleteSecurityGroup',
  'AssociateSecurityGroupVpc',
  'DisassociateSecurityGroupVpc',
  'ModifyManagedPrefixList',
  'RestoreManagedPrefixListVersion',
  'CreateNetworkAcl',
  'DeleteNetworkAcl',
  'CreateNetworkAclEntry',
  'ReplaceNetworkAclEntry',
  'DeleteNetworkAclEntry',
  'ReplaceNetworkAclAssociation',
] as const;

/**
 * Calls that are of this category where they set security groups: then the record has
 * `requestParameters.groupSet.items[].groupId`. The other attributes that they set are other categories' business.
 */
export const groupSettingCalls = ['ModifyInstanceAttribute', 'ModifyNetworkInterfaceAttribute'] as const;

/**
 * EKS's call that is of this category where it sets the security groups or the subnets of a control plane; what else it sets
 * is other categories' business.
 */
export const controlPlaneCall = 'UpdateClusterConfig';

/** An inclusive range of ports; `all` where the protocol has none or the rule names none. */
export const portRange = z.union([z.literal('all'), z.string().regex(/^\d+-\d+$/)]);

export const internetExposure = z.enum(['yes', 'no', 'unknown']);
export type InternetExposure = z.infer<typeof internetExposure>;

/** What one event says by itself: no call to AWS is needed for it. */
export const networkEventFacts = z.strictObject({
  /** Whether the event let traffic from or to any address in (a prefix of length 0). `unknown`: the record alone cannot say. */
  opensToInternet: internetExposure,
  ports: z.array(portRange),
  /**
   * `both` where the call changes what reaches and what leaves; null where it changes no traffic, and where the record
   * does not say which way: ModifySecurityGroupRules names rules by their id.
   */
  direction: z.enum(['ingress', 'egress', 'both']).nullable(),
  /** Whether more can flow than before, less, some of each, or the record cannot say. */
  effect: z.enum(['widens', 'narrows', 'mixed', 'none', 'unknown']),
});
export type NetworkEventFacts = z.infer<typeof networkEventFacts>;

/** One rule of a security group, by what it allows; its identity is all of it but the description. */
export const securityGroupRule = z.strictObject({
  direction: z.enum(['ingress', 'egress']),
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all. */
  protocol: z.string(),
  /** Null where the protocol has no ports or all are meant. For ICMP the type and the code. */
  fromPort: z.number().int().nullable(),
  toPort: z.number().int().nullable(),
  peer: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('ipv4'), cidr: z.string() }),
    z.strictObject({ kind: z.literal('ipv6'), cidr: z.string() }),
    z.strictObject({ kind: z.literal('prefix-list'), id: z.string() }),
    z.strictObject({ kind: z.literal('group'), id: z.string(), account: z.string().nullable() }),
  ]),
  description: z.string().nullable(),
});
export type SecurityGroupRule = z.infer<typeof securityGroupRule>;

/** One entry of a network ACL. `ports` as in the security group's rules; ICMP type and code are kept apart. */
export const networkAclEntry = z.strictObject({
  ruleNumber: z.number().int(),
  egress: z.boolean(),
  action: z.enum(['allow', 'deny']),
  /** The protocol's number as a string; `-1` for all. */
  protocol: z.string(),
  cidr: z.string(),
  fromPort: z.number().int().nullable(),
  toPort: z.number().int().nullable(),
  icmp: z.strictObject({ type: z.number().int(), code: z.number().int() }).nullable(),
});
export type NetworkAclEntry = z.infer<typeof networkAclEntry>;

/**
 * What one event did, in terms that can be undone. `before: null` is 'the record does not say what stood there';
 * absence that the record proves (a rule that was just added) is said by the kind.
 */
export const networkTouch = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rule-added'),
    groupId: z.string(),
    ruleId: z.string().nullable(),
    rule: securityGroupRule,
  }),
  z.strictObject({
    kind: z.literal('rule-removed'),
    groupId: z.string(),
    ruleId: z.string().nullable(),
    rule: securityGroupRule,
  }),
  /** A revoke that names only rule ids and whose response does not say what they were. */
  z.strictObject({
    kind: z.literal('rule-removed-by-id'),
    groupId: z.string(),
    ruleId: z.string(),
    direction: z.enum(['ingress', 'egress']),
  }),
  z.strictObject({
    kind: z.literal('rule-modified'),
    groupId: z.string(),
    ruleId: z.string(),
    rule: securityGroupRule,
  }),
  /** AWS Config's rule found a group away from what it should be; what was changed, and when, it does not say. */
  z.strictObject({ kind: z.literal('rule-deviation'), groupId: z.string() }),
  z.strictObject({ kind: z.literal('group-created'), groupId: z.string(), vpcId: z.string().nullable() }),
  z.strictObject({ kind: z.literal('group-deleted'), groupId: z.string() }),
  z.strictObject({ kind: z.literal('group-vpc-associated'), groupId: z.string(), vpcId: z.string() }),
  z.strictObject({ kind: z.literal('group-vpc-disassociated'), groupId: z.string(), vpcId: z.string() }),
  z.strictObject({
    kind: z.literal('prefix-list-modified'),
    prefixListId: z.string(),
    added: z.array(z.strictObject({ cidr: z.string(), description: z.string().nullable() })),
    removed: z.array(z.string()),
  }),
  /** An earlier version of a prefix list was made the present one: what either holds, the call does not say. */
  z.strictObject({ kind: z.literal('prefix-list-restored'), prefixListId: z.string() }),
  z.strictObject({ kind: z.literal('acl-created'), networkAclId: z.string(), vpcId: z.string().nullable() }),
  z.strictObject({ kind: z.literal('acl-deleted'), networkAclId: z.string() }),
  z.strictObject({ kind: z.literal('acl-entry-created'), networkAclId: z.string(), entry: networkAclEntry }),
  z.strictObject({ kind: z.literal('acl-entry-replaced'), networkAclId: z.string(), entry: networkAclEntry }),
  z.strictObject({
    kind: z.literal('acl-entry-deleted'),
    networkAclId: z.string(),
    ruleNumber: z.number().int(),
    egress: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('acl-association-replaced'),
    networkAclId: z.string(),
    oldAssociationId: z.string(),
    newAssociationId: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('interface-groups-set'), interfaceId: z.string(), groupIds: z.array(z.string()) }),
  /** What the call does not name stays as it was: null. */
  z.strictObject({
    kind: z.literal('control-plane-set'),
    cluster: z.string(),
    groupIds: z.array(z.string()).nullable(),
    subnetIds: z.array(z.string()).nullable(),
  }),
  z.strictObject({ kind: z.literal('instance-groups-set'), instanceId: z.string(), groupIds: z.array(z.string()) }),
]);
export type NetworkTouch = z.infer<typeof networkTouch>;

/** What the organisation sets for this category, beside its rules. */
export const networkChangeSettings = z.strictObject({
  /** Ports that nobody should reach from the internet. */
  sensitivePorts: z.array(z.number().int().min(0).max(65_535)).min(1),
});

/** The facts of the whole incident, over all its events and what was read from AWS: what the plan's conditions see. */
export const networkChangeFacts = networkEventFacts.extend({
  /** Names of the protocols that are let through, others by number; `-1` for all. Ports say nothing of ICMP and its like. */
  protocols: z.array(z.string()),
  /**
   * How wide the public addresses that were let in are together, as the length of one prefix, for each family: 0 is the
   * internet, 32 and 128 no more than one address. Two halves make 0 where `opensToInternet` still says `no`.
   */
  widestPrefix: z.strictObject({ ipv4: z.number().int().min(0).max(32), ipv6: z.number().int().min(0).max(128) }),
  /** Ports of the plan's `sensitivePorts` that are open by these events: to the internet, or to more than a /8 of it (IPv6: /16). */
  sensitivePorts: z.array(z.number().int()),
  /** What of a cluster is touched; `unknown` where AWS refused to say whether anything is. */
  touches: z.array(z.enum(['cluster-security-group', 'control-plane', 'nodes', 'pods', 'subnets', 'unknown'])),
  /** Whether anything that EKS needs between control plane and nodes was taken away. */
  breaksClusterTraffic: z.boolean(),
  /** Where what stood before is known from; `unknown` when for any part it is not. */
  before: z.enum(['event', 'baseline', 'config-history', 'unknown']),
  exposed: z.array(resource),
});
export type NetworkChangeFacts = z.infer<typeof networkChangeFacts>;

/** More than any one network has: whoever opens so much means the internet, in whatever pieces. */
export function isWide({ ipv4, ipv6 }: NetworkChangeFacts['widestPrefix']): boolean {
  return ipv4 < 8 || ipv6 < 16;
}

export function tellNetworkChange(facts: NetworkChangeFacts) {
  const { opensToInternet, touches, exposed } = facts;
  const traffic = trafficOf(facts);
  const touched = touches.map((touch) => touch.replaceAll('-', ' ')).join(', ') || 'nothing';
  const open =
    opensToInternet === 'yes'
      ? ['yes', ...traffic]
      : isWide(facts.widestPrefix)
        ? [`nearly: to a /${facts.widestPrefix.ipv4} (IPv6: /${facts.widestPrefix.ipv6}) of it`, ...traffic]
        : [opensToInternet];
  return [
    { label: 'Open to the internet', text: open.join(', ') },
    { label: 'Touched', text: `${touched}: ${exposed.length} resource(s)` },
  ];
}

function trafficOf({ ports, protocols }: NetworkChangeFacts): string[] {
  const withPorts = protocols.length === 0 || protocols.some((it) => ['tcp', 'udp', '-1'].includes(it));
  if (!withPorts) return [`protocol ${protocols.join(', ')}`];
  return ports.length === 0 ? [] : [`ports ${ports.join(', ')}`];
}
