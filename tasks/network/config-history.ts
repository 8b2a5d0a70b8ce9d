import {
  type ConfigServiceClient,
  GetResourceConfigHistoryCommand,
  type ResourceType,
} from '@aws-sdk/client-config-service';
import * as z from 'zod';
import type { Json, Resource } from '../../runbooks/incident';
import type { NetworkAclEntry, SecurityGroupRule } from '../../runbooks/network-change';
import { numbersOf, protocolName } from './protocols';

/**
 * What AWS Config recorded of a resource before a moment, in the shape of our own baseline; null where Config does not
 * record it. Throws AWS's other errors, and `SyntaxError` or `ZodError` where an item is not what EC2 describes.
 */
export async function readConfigHistory(
  config: ConfigServiceClient,
  { type, id }: Resource,
  before: string,
): Promise<Json | null> {
  if (!(type in shapes)) return null;
  try {
    const { configurationItems } = await config.send(
      new GetResourceConfigHistoryCommand({
        resourceType: type as ResourceType,
        resourceId: id,
        laterTime: new Date(Date.parse(before) - 1),
        chronologicalOrder: 'Reverse',
        limit: 1,
      }),
    );
    const [item] = configurationItems ?? [];
    if (item?.configuration === undefined) return null;
    const parsed = shapes[type as keyof typeof shapes](JSON.parse(item.configuration));
    return parsed as Json | null;
  } catch (error) {
    if (error instanceof Error && unavailable.has(error.name)) return null;
    throw error;
  }
}

/** Config is not on, or has never seen the resource: an ordinary fact. */
const unavailable = new Set(['ResourceNotDiscoveredException', 'NoAvailableConfigurationRecorderException']);

const number = z.number().int().nullish();
const permission = z.object({
  ipProtocol: z.string(),
  fromPort: number,
  toPort: number,
  ipv4Ranges: z.array(z.object({ cidrIp: z.string(), description: z.string().nullish() })).default([]),
  ipv6Ranges: z.array(z.object({ cidrIpv6: z.string(), description: z.string().nullish() })).default([]),
  prefixListIds: z.array(z.object({ prefixListId: z.string(), description: z.string().nullish() })).default([]),
  userIdGroupPairs: z
    .array(z.object({ groupId: z.string(), userId: z.string().nullish(), description: z.string().nullish() }))
    .default([]),
});

const group = z.object({
  groupName: z.string().default(''),
  vpcId: z.string().default(''),
  ipPermissions: z.array(permission).default([]),
  ipPermissionsEgress: z.array(permission).default([]),
});

const acl = z.object({
  vpcId: z.string().default(''),
  entries: z.array(
    z.object({
      ruleNumber: z.number().int(),
      egress: z.boolean(),
      ruleAction: z.enum(['allow', 'deny']),
      protocol: z.string(),
      cidrBlock: z.string().nullish(),
      ipv6CidrBlock: z.string().nullish(),
      portRange: z.object({ from: number, to: number }).nullish(),
      icmpTypeCode: z.object({ type: number, code: number }).nullish(),
    }),
  ),
  associations: z.array(z.object({ subnetId: z.string() })).default([]),
});

const networkInterface = z.object({
  groups: z.array(z.object({ groupId: z.string() })),
  subnetId: z.string().default(''),
  attachment: z.object({ instanceId: z.string().nullish() }).nullish(),
});

/** Config describes clusters as CloudFormation does, in PascalCase. */
const cluster = z.object({
  ResourcesVpcConfig: z.object({
    EndpointPublicAccess: z.boolean(),
    EndpointPrivateAccess: z.boolean().optional(),
    PublicAccessCidrs: z.array(z.string()).optional(),
  }),
});

/** The item's configuration is EC2's own description of the resource, in camelCase, and of a cluster CloudFormation's. */
const shapes = {
  'AWS::EKS::Cluster': (document: unknown) => {
    const { ResourcesVpcConfig: vpc } = cluster.parse(document);
    return {
      cluster: {
        resourcesVpcConfig: {
          endpointPublicAccess: vpc.EndpointPublicAccess,
          endpointPrivateAccess: vpc.EndpointPrivateAccess,
          publicAccessCidrs: vpc.PublicAccessCidrs,
        },
      },
    };
  },
  'AWS::EC2::SecurityGroup': (document: unknown) => {
    const it = group.parse(document);
    const rules = [
      ...it.ipPermissions.flatMap((given) => rulesOf('ingress', given)),
      ...it.ipPermissionsEgress.flatMap((given) => rulesOf('egress', given)),
    ];
    // Config keeps no rule ids.
    return { name: it.groupName, vpcId: it.vpcId, rules: rules.map((rule) => ({ ruleId: null, rule })) };
  },
  'AWS::EC2::NetworkAcl': (document: unknown) => {
    const it = acl.parse(document);
    const entries: NetworkAclEntry[] = it.entries
      .filter(({ ruleNumber }) => ruleNumber < 32_767)
      .map((entry) => ({
        ruleNumber: entry.ruleNumber,
        egress: entry.egress,
        action: entry.ruleAction,
        protocol: entry.protocol,
        cidr: entry.cidrBlock ?? entry.ipv6CidrBlock ?? '',
        fromPort: entry.portRange?.from ?? null,
        toPort: entry.portRange?.to ?? null,
        icmp:
          entry.icmpTypeCode?.type == null || entry.icmpTypeCode.code == null
            ? null
            : { type: entry.icmpTypeCode.type, code: entry.icmpTypeCode.code },
      }));
    return { vpcId: it.vpcId, entries, subnetIds: it.associations.map(({ subnetId }) => subnetId).sort() };
  },
  'AWS::EC2::NetworkInterface': (document: unknown) => {
    const it = networkInterface.parse(document);
    return {
      groupIds: it.groups.map(({ groupId }) => groupId).sort(),
      subnetId: it.subnetId,
      instanceId: it.attachment?.instanceId ?? null,
    };
  },
} as const;

function rulesOf(direction: SecurityGroupRule['direction'], it: z.infer<typeof permission>): SecurityGroupRule[] {
  const protocol = protocolName(it.ipProtocol);
  const base = {
    direction,
    protocol,
    ...numbersOf(protocol, it.fromPort, it.toPort),
  };
  const said = (description: string | null | undefined) => description ?? null;
  return [
    ...it.ipv4Ranges.map((range) => ({
      ...base,
      peer: { kind: 'ipv4' as const, cidr: range.cidrIp },
      description: said(range.description),
    })),
    ...it.ipv6Ranges.map((range) => ({
      ...base,
      peer: { kind: 'ipv6' as const, cidr: range.cidrIpv6 },
      description: said(range.description),
    })),
    ...it.prefixListIds.map((list) => ({
      ...base,
      peer: { kind: 'prefix-list' as const, id: list.prefixListId },
      description: said(list.description),
    })),
    ...it.userIdGroupPairs.map((pair) => ({
      ...base,
      peer: { kind: 'group' as const, id: pair.groupId, account: pair.userId ?? null },
      description: said(pair.description),
    })),
  ];
}
