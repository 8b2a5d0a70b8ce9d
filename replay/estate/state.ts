import { type EstateDescription, identity, portsOf } from './description';
import { type KubernetesObjects, kubernetesOf } from './kubernetes-objects';

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
  type: string;
  readonly imageId: string;
  readonly privateDnsName: string;
  readonly spot: boolean;
  readonly launchedAt: number | null;
  state: string;
  stateReason: { readonly code: string; readonly message: string } | null;
  /** Since when it is terminated: an hour later nobody can describe it any more. */
  terminatedAt: number | null;
  profile: { readonly arn: string; readonly associationId: string } | null;
  metadata: { httpTokens: string; httpEndpoint: string; hopLimit: number };
  terminationProtection: boolean;
  stopProtection: boolean;
  shutdownBehavior: string;
  sourceDestCheck: boolean;
  userData: string | null;
  tags: Record<string, string>;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly profiles: readonly string[];
  readonly trusts: readonly Readonly<Record<string, unknown>>[];
  policies: string[];
  /** Policies of its own, by name: their documents. */
  readonly inline: Record<string, string>;
  tags: Record<string, string>;
}

export interface User {
  readonly name: string;
  readonly arn: string;
  accessKeys: { readonly id: string; readonly created: string; active: boolean }[];
}

export interface Volume {
  readonly id: string;
  readonly size: number;
  readonly zone: string;
  readonly encrypted: boolean;
  state: string;
  attachment: { readonly instanceId: string; readonly device: string; deleteOnTermination: boolean } | null;
  tags: Record<string, string>;
}

export interface AutoScalingGroup {
  readonly name: string;
  min: number;
  max: number;
  desired: number;
  suspended: string[];
  members: { readonly instanceId: string; state: string; protectedFromScaleIn: boolean }[];
  readonly activities: ScalingActivity[];
  /** What it launches: as its first member was. */
  readonly template: Pick<Instance, 'subnetId' | 'type' | 'imageId' | 'tags'> & {
    readonly groupIds: readonly string[];
  };
  tags: Record<string, string>;
}

export interface ScalingActivity {
  readonly id: string;
  readonly time: number;
  readonly description: string;
  readonly cause: string;
  status: string;
}

export interface Snapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  readonly description: string;
  readonly startedAt: number;
  state: string;
  lock: { readonly mode: string; readonly days: number } | null;
  tags: Record<string, string>;
}

export interface ElasticAddress {
  readonly id: string;
  readonly ip: string;
  interfaceId: string | null;
  associationId: string | null;
  tags: Record<string, string>;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly vpcId: string;
  readonly type: string;
  readonly port: number;
  targets: { readonly id: string; readonly port: number; state: string }[];
}

/** A command of Systems Manager on one host. */
export interface HostCommand {
  readonly id: string;
  readonly instanceId: string;
  readonly text: string;
  status: string;
  output: string;
}

export interface PrefixList {
  readonly id: string;
  readonly name: string;
  version: number;
  state: string;
  entries: { cidr: string; description?: string }[];
  tags: Record<string, string>;
}

/** Something that belongs to a cluster, in the API's own words, without the times at which it was made and changed. */
export interface ClusterPart extends Record<string, unknown> {
  status: string;
}

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  version: string;
  readonly roleArn: string;
  readonly vpcId: string;
  subnetIds: string[];
  readonly clusterSecurityGroupId: string;
  securityGroupIds: string[];
  endpointPublicAccess: boolean;
  endpointPrivateAccess: boolean;
  publicAccessCidrs: string[];
  readonly ipFamily: string;
  /** The types that are on. */
  logging: string[];
  secretsKey: string | null;
  authenticationMode: string;
  deletionProtection: boolean;
  /** `CREATING`, `ACTIVE`, `UPDATING`, `DELETING`, `FAILED`. */
  status: string;
  readonly createdAt: number;
  readonly nodegroups: Record<string, ClusterPart>;
  readonly fargateProfiles: Record<string, ClusterPart>;
  readonly addons: Record<string, ClusterPart>;
  /** By the principal's ARN. */
  readonly accessEntries: Record<string, AccessEntry>;
  /** By their ids. */
  readonly podIdentityAssociations: Record<string, ClusterPart>;
  readonly identityProviders: Record<string, ClusterPart>;
  tags: Record<string, string>;
}

export interface AccessEntry {
  readonly type: string;
  username: string;
  kubernetesGroups: string[];
  policies: { policyArn: string; accessScope: { type: string; namespaces: string[] } }[];
  readonly tags: Record<string, string>;
}

/** What EKS does because it was asked to; kept apart from what it does it to. */
export interface ClusterUpdate {
  readonly id: string;
  readonly cluster: string;
  readonly nodegroup: string | null;
  readonly type: string;
  readonly params: readonly { readonly type: string; readonly value: string }[];
  readonly createdAt: number;
  status: string;
  errors: { errorCode: string; errorMessage: string }[];
}

export interface StoredVersion {
  readonly key: string;
  readonly versionId: string;
  readonly body: string;
  readonly lockedUntil: string | null;
  readonly at: string;
}

/** An object that comes in parts, before it is completed. */
export interface Upload {
  readonly key: string;
  readonly lockedUntil: string | null;
  readonly parts: Map<number, string>;
}

/** A query of CloudWatch Logs Insights. */
export interface LogQuery {
  status: string;
  readonly results: readonly { readonly field: string; readonly value: string }[][];
  readonly matched: number;
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
  readonly volumes: Map<string, Volume>;
  readonly autoScalingGroups: Map<string, AutoScalingGroup>;
  readonly snapshots: Map<string, Snapshot>;
  readonly addresses: Map<string, ElasticAddress>;
  readonly targetGroups: Map<string, TargetGroup>;
  readonly hostCommands: Map<string, HostCommand>;
  readonly kubernetes: Map<string, KubernetesObjects>;
  readonly prefixLists: Map<string, PrefixList>;
  readonly clusters: Map<string, Cluster>;
  readonly clusterUpdates: Map<string, ClusterUpdate>;
  readonly objects: StoredVersion[];
  readonly logQueries: Map<string, LogQuery>;
  readonly uploads: Map<string, Upload>;
  /** What lies on hosts that our scripts have put there: by instance and folder, the parts of an image of its memory. */
  readonly hostFolders: Map<string, readonly string[]>;
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
      privateDnsName: privateDnsName(it.region, ipOf(it, one.id)),
      spot: one.spot,
      launchedAt: null,
      state: 'running',
      stateReason: null,
      terminatedAt: null,
      profile:
        one.profile === undefined
          ? null
          : {
              arn: `arn:${it.partition}:iam::${it.account}:instance-profile/${one.profile}`,
              associationId: `iip-assoc-${one.id.replace('i-', '')}`,
            },
      metadata: { httpTokens: one.httpTokens, httpEndpoint: 'enabled', hopLimit: 1 },
      terminationProtection: one.terminationProtection,
      stopProtection: false,
      shutdownBehavior: 'stop',
      sourceDestCheck: true,
      userData: null,
      tags: tagsOfInstance(one),
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
          inline: {},
          tags: { ...tags },
        },
      ]),
    ),
    users: new Map(
      Object.values(it.identities)
        .map((one) => identity.parse(one))
        .flatMap((one) => (one.type === 'IAMUser' ? [one] : []))
        .map(({ user, accessKey }) => [
          user,
          {
            name: user,
            arn: `arn:${it.partition}:iam::${it.account}:user/${user}`,
            accessKeys: [{ ...accessKey, active: true }],
          },
        ]),
    ),
    volumes: byId(
      [
        ...it.instances.flatMap((one) => one.volumes.map((volume) => ({ ...volume, instance: one }))),
        ...it.volumes.map((volume) => ({ ...volume, instance: null })),
      ],
      (volume) => {
        const zone = volume.instance === null ? volume.zone : (subnetOf(volume.instance.subnet)?.zone ?? 'a');
        return {
          id: volume.id,
          size: volume.size,
          zone: `${it.region}${zone}`,
          encrypted: volume.encrypted,
          state: volume.instance === null ? 'available' : 'in-use',
          attachment:
            volume.instance === null
              ? null
              : {
                  instanceId: volume.instance.id,
                  device: volume.device,
                  deleteOnTermination: volume.deleteOnTermination,
                },
          tags: { ...volume.tags },
        };
      },
    ),
    snapshots: new Map(),
    addresses: byId(it.elasticAddresses, ({ id, ip, interface: device, tags }) => ({
      id,
      ip,
      interfaceId: device ?? null,
      associationId: device === undefined ? null : `eipassoc-${id.replace('eipalloc-', '')}`,
      tags: { ...tags },
    })),
    targetGroups: new Map(
      it.targetGroups
        .map((group) => ({
          arn: `arn:${it.partition}:elasticloadbalancing:${it.region}:${it.account}:targetgroup/${group.name}/0123456789abcdef`,
          name: group.name,
          vpcId: group.vpc,
          type: group.type,
          port: group.port,
          targets: group.targets.map((target) => ({ id: target, port: group.port, state: 'healthy' })),
        }))
        .map((group) => [group.arn, group]),
    ),
    hostCommands: new Map(),
    kubernetes: kubernetesOf(it),
    autoScalingGroups: new Map(it.autoScalingGroups.map((group) => [group.name, autoScalingGroup(it, group)])),
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
          roleArn: `arn:${it.partition}:iam::${it.account}:role/eks-cluster`,
          vpcId: cluster.vpc,
          subnetIds: [...cluster.subnets],
          clusterSecurityGroupId: cluster.clusterSecurityGroup,
          securityGroupIds: [...cluster.securityGroups],
          endpointPublicAccess: cluster.endpointPublicAccess,
          endpointPrivateAccess: cluster.endpointPrivateAccess,
          publicAccessCidrs: [...cluster.publicAccessCidrs],
          ipFamily: 'ipv4',
          logging: [...cluster.logging],
          secretsKey: cluster.secretsKey ?? null,
          authenticationMode: cluster.authenticationMode,
          deletionProtection: cluster.deletionProtection,
          status: 'ACTIVE',
          createdAt: longAgo,
          nodegroups: partsOf(cluster.nodegroups, 'nodegroupName'),
          fargateProfiles: partsOf(cluster.fargateProfiles, 'fargateProfileName'),
          addons: partsOf(cluster.addons, 'addonName'),
          accessEntries: Object.fromEntries(
            cluster.accessEntries.map(({ principal, type, groups, policies }) => [
              principal,
              {
                ...named(type, principal, { username: '', kubernetesGroups: groups }),
                policies: policies.map(({ policy, namespaces }) => ({
                  policyArn: `arn:${it.partition}:eks::aws:cluster-access-policy/${policy}`,
                  accessScope: { type: namespaces.length === 0 ? 'cluster' : 'namespace', namespaces: [...namespaces] },
                })),
                tags: {},
              },
            ]),
          ),
          podIdentityAssociations: Object.fromEntries(
            cluster.podIdentityAssociations.map(({ id, role, ...whose }) => [
              id,
              { ...whose, roleArn: role, associationId: id, status: 'ACTIVE' },
            ]),
          ),
          identityProviders: {},
          tags: { ...cluster.tags },
        },
      ]),
    ),
    clusterUpdates: new Map(),
    objects: it.evidenceObjects.map(({ key, body }, index) => ({
      key,
      versionId: `v-given-${index + 1}`,
      body,
      lockedUntil: null,
      at: '2026-01-01T00:00:00.000Z',
    })),
    logQueries: new Map(),
    uploads: new Map(),
    hostFolders: new Map(),
    published: [],
    trail: [],
  };
}

/** The names of what EKS itself knows as nodes: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
const ofNodes: Readonly<Record<string, Pick<AccessEntry, 'username' | 'kubernetesGroups'>>> = {
  EC2_LINUX: { username: 'system:node:{{EC2PrivateDNSName}}', kubernetesGroups: ['system:nodes'] },
  EC2_WINDOWS: {
    username: 'system:node:{{EC2PrivateDNSName}}',
    kubernetesGroups: ['eks:kube-proxy-windows', 'system:nodes'],
  },
  FARGATE_LINUX: {
    username: 'system:node:{{SessionName}}',
    kubernetesGroups: ['system:bootstrappers', 'system:node-proxier', 'system:nodes'],
  },
};

/** By what name and in which groups Kubernetes knows the principal of an access entry. */
export function named(
  type: string,
  principal: string,
  { username, kubernetesGroups }: { readonly username: string; readonly kubernetesGroups: readonly string[] },
): Pick<AccessEntry, 'type' | 'username' | 'kubernetesGroups'> {
  const node = ofNodes[type];
  return node === undefined
    ? { type, username: username || principal, kubernetesGroups: [...kubernetesGroups] }
    : { type, username: node.username, kubernetesGroups: [...node.kubernetesGroups] };
}

/** When everything was made that an estate begins with. */
const longAgo = Date.UTC(2025, 0, 1);

function partsOf(
  parts: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[],
  nameField: string,
): Record<string, ClusterPart> {
  return Object.fromEntries(
    parts.map(({ name, ...rest }) => [
      name,
      { [nameField]: name, ...structuredClone(rest), status: 'ACTIVE', createdAt: new Date(longAgo) },
    ]),
  );
}

function autoScalingGroup(
  it: EstateDescription,
  group: EstateDescription['autoScalingGroups'][number],
): AutoScalingGroup {
  const members = it.instances.filter((one) => one.group === group.name);
  const [first] = members;
  const device = it.interfaces.find(({ instance }) => instance !== undefined && instance === first?.id);
  return {
    name: group.name,
    min: group.min,
    max: group.max,
    desired: group.desired,
    suspended: [...group.suspended],
    members: members.map(({ id }) => ({ instanceId: id, state: 'InService', protectedFromScaleIn: false })),
    activities: [],
    template: {
      subnetId: first?.subnet ?? '',
      type: first?.type ?? 'm7g.large',
      imageId: first?.image ?? '',
      groupIds: device?.groups ?? [],
      tags: first === undefined ? {} : tagsOfInstance(first),
    },
    tags: { ...group.tags },
  };
}

/** Auto Scaling tags what it launches with its group's name. */
function tagsOfInstance({ group, tags }: EstateDescription['instances'][number]): Record<string, string> {
  return { ...tags, ...(group === undefined ? {} : { 'aws:autoscaling:groupName': group }) };
}

function ipOf(it: EstateDescription, instanceId: string): string {
  return it.interfaces.find(({ instance }) => instance === instanceId)?.ip ?? '';
}

/** The name by which a node is known to its cluster, where the VPC names instances by their address. */
export function privateDnsName(region: string, ip: string): string {
  return `ip-${ip.replaceAll('.', '-')}.${region}.compute.internal`;
}

export function peerOf(peer: string): Pick<Rule, 'cidrIpv4' | 'cidrIpv6' | 'prefixListId' | 'referencedGroupId'> {
  if (peer.startsWith('sg-')) return { referencedGroupId: peer };
  if (peer.startsWith('pl-')) return { prefixListId: peer };
  return peer.includes(':') ? { cidrIpv6: peer } : { cidrIpv4: peer };
}
