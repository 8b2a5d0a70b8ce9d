import { type EstateDescription, portsOf } from './description';

/** The account as it is: what commands read and change. Plain data, in the words of the APIs. */

export interface Rule {
  readonly id: string;
  readonly groupId: string;
  readonly egress: boolean;
  protocol: string;
  from: number | null;
  to: number | null;
  cidrIpv4?: string;
  cidrIpv6?: string;
  prefixListId?: string;
  referencedGroupId?: string;
  description?: string;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly description: string;
  tags: Record<string, string>;
}

export interface AclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  readonly protocol: string;
  readonly cidr: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly icmp: { type: number; code: number } | null;
}

export interface Acl {
  readonly id: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
  entries: AclEntry[];
  tags: Record<string, string>;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly zone: string;
  aclId: string;
  associationId: string;
  tags: Record<string, string>;
}

export interface Interface {
  readonly id: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly ip: string;
  readonly description: string;
  readonly instanceId: string | null;
  readonly device: number | null;
  groupIds: string[];
  tags: Record<string, string>;
}

export interface Instance {
  readonly id: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly type: string;
  readonly imageId: string;
  readonly spot: boolean;
  profile: { readonly arn: string } | null;
  state: string;
  tags: Record<string, string>;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly profiles: readonly string[];
  readonly trusts: readonly Readonly<Record<string, unknown>>[];
  policies: string[];
  tags: Record<string, string>;
}

export interface User {
  readonly name: string;
  readonly arn: string;
  accessKeys: { readonly id: string; active: boolean }[];
  tags: Record<string, string>;
}

export interface PrefixList {
  readonly id: string;
  readonly name: string;
  version: number;
  state: string;
  entries: { cidr: string; description?: string }[];
  tags: Record<string, string>;
}

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly clusterSecurityGroupId: string;
  securityGroupIds: string[];
  endpointPublicAccess: boolean;
  endpointPrivateAccess: boolean;
  publicAccessCidrs: string[];
  status: string;
  tags: Record<string, string>;
}

export interface StoredVersion {
  readonly key: string;
  readonly versionId: string;
  readonly body: string;
  readonly lockedUntil: string | null;
  readonly at: string;
}

export interface TrailEntry {
  readonly eventId: string;
  readonly time: number;
  readonly source: string;
  readonly name: string;
  readonly username: string;
  readonly accessKeyId: string | null;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
  readonly record: string;
}

export interface State {
  readonly groups: Map<string, Group>;
  readonly rules: Map<string, Rule>;
  readonly vpcAssociations: { groupId: string; vpcId: string; state: string }[];
  readonly acls: Map<string, Acl>;
  readonly subnets: Map<string, Subnet>;
  readonly vpcs: Map<string, { id: string; cidr: string; tags: Record<string, string> }>;
  readonly interfaces: Map<string, Interface>;
  readonly instances: Map<string, Instance>;
  readonly roles: Map<string, Role>;
  readonly users: Map<string, User>;
  readonly prefixLists: Map<string, PrefixList>;
  readonly clusters: Map<string, Cluster>;
  readonly objects: StoredVersion[];
  readonly published: { topic: string; subject: string; message: string }[];
  readonly trail: TrailEntry[];
}

export function stateOf(it: EstateDescription): State {
  const byId = <T, U extends { id: string }>(list: readonly T[], make: (item: T) => U) =>
    new Map(list.map((item) => make(item)).map((made) => [made.id, made]));
  const subnetOf = (id: string) => it.subnets.find((subnet) => subnet.id === id);
  const rules = it.securityGroups.flatMap((group) =>
    group.rules.map((rule): Rule => {
      const ports = portsOf(rule.ports);
      return {
        id: rule.id,
        groupId: group.id,
        egress: rule.direction === 'egress',
        protocol: rule.protocol,
        from: ports?.from ?? null,
        to: ports?.to ?? null,
        ...peerOf(rule.peer),
        ...(rule.description === undefined ? {} : { description: rule.description }),
      };
    }),
  );
  return {
    groups: byId(it.securityGroups, ({ id, name, vpc, description, tags }) => ({
      id,
      name,
      vpcId: vpc,
      description,
      tags: { ...tags },
    })),
    rules: new Map(rules.map((rule) => [rule.id, rule])),
    vpcAssociations: [],
    acls: byId(it.networkAcls, (acl) => ({
      id: acl.id,
      vpcId: acl.vpc,
      isDefault: acl.default,
      entries: acl.entries.map((entry) => ({
        ruleNumber: entry.number,
        egress: entry.direction === 'egress',
        action: entry.action,
        protocol: entry.protocol,
        cidr: entry.cidr,
        from: portsOf(entry.ports)?.from ?? null,
        to: portsOf(entry.ports)?.to ?? null,
        icmp: null,
      })),
      tags: { ...acl.tags },
    })),
    subnets: byId(it.subnets, (subnet) => ({
      id: subnet.id,
      vpcId: subnet.vpc,
      cidr: subnet.cidr,
      zone: `${it.region}${subnet.zone}`,
      aclId: subnet.acl,
      associationId: `aclassoc-${subnet.id.replace('subnet-', '')}`,
      tags: { ...subnet.tags },
    })),
    vpcs: byId(it.vpcs, (vpc) => ({ ...vpc, tags: { ...vpc.tags } })),
    interfaces: byId(it.interfaces, (one) => ({
      id: one.id,
      subnetId: one.subnet,
      vpcId: subnetOf(one.subnet)?.vpc ?? '',
      ip: one.ip,
      description: one.description,
      instanceId: one.instance ?? null,
      device: one.device ?? (one.instance === undefined ? null : 0),
      groupIds: [...one.groups],
      tags: { ...one.tags },
    })),
    instances: byId(it.instances, (one) => ({
      id: one.id,
      subnetId: one.subnet,
      vpcId: subnetOf(one.subnet)?.vpc ?? '',
      type: one.type,
      imageId: one.image,
      spot: one.spot,
      profile:
        one.profile === undefined
          ? null
          : { arn: `arn:${it.partition}:iam::${it.account}:instance-profile/${one.profile}` },
      state: 'running',
      tags: { ...one.tags },
    })),
    roles: new Map(
      it.roles.map(({ name, path, policies, profiles, trusts, tags }) => [
        name,
        {
          name,
          arn: `arn:${it.partition}:iam::${it.account}:role${path}${name}`,
          path,
          profiles,
          trusts,
          policies: [...policies],
          tags: { ...tags },
        },
      ]),
    ),
    users: new Map(
      it.users.map(({ name, accessKeys, tags }) => [
        name,
        {
          name,
          arn: `arn:${it.partition}:iam::${it.account}:user/${name}`,
          accessKeys: accessKeys.map((key) => ({ ...key })),
          tags: { ...tags },
        },
      ]),
    ),
    prefixLists: byId(it.prefixLists, ({ id, name, entries, tags }) => ({
      id,
      name,
      version: 1,
      state: 'create-complete',
      entries: entries.map(({ cidr, description }) => ({
        cidr,
        ...(description === undefined ? {} : { description }),
      })),
      tags: { ...tags },
    })),
    clusters: new Map(
      it.clusters.map((cluster) => [
        cluster.name,
        {
          name: cluster.name,
          arn: `arn:${it.partition}:eks:${it.region}:${it.account}:cluster/${cluster.name}`,
          version: cluster.version,
          vpcId: cluster.vpc,
          subnetIds: [...cluster.subnets],
          clusterSecurityGroupId: cluster.clusterSecurityGroup,
          securityGroupIds: [...cluster.securityGroups],
          endpointPublicAccess: cluster.endpointPublicAccess,
          endpointPrivateAccess: cluster.endpointPrivateAccess,
          publicAccessCidrs: [...cluster.publicAccessCidrs],
          status: 'ACTIVE',
          tags: { ...cluster.tags },
        },
      ]),
    ),
    objects: [],
    published: [],
    trail: [],
  };
}

export function peerOf(peer: string): Pick<Rule, 'cidrIpv4' | 'cidrIpv6' | 'prefixListId' | 'referencedGroupId'> {
  if (peer.startsWith('sg-')) return { referencedGroupId: peer };
  if (peer.startsWith('pl-')) return { prefixListId: peer };
  return peer.includes(':') ? { cidrIpv6: peer } : { cidrIpv4: peer };
}
