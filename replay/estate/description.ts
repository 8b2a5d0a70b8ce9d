import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

/** A simulated account as its YAML file describes it. Everything that is left out does not exist. */

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html */
const defaultFlowLogFormat =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
    .split(' ')
    .map((field) => `\${${field}}`)
    .join(' ');

const tags = z.record(z.string(), z.string()).default({});
const id = z.string().min(1);

export const identity = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('Root') }),
    z.strictObject({
      type: z.literal('IAMUser'),
      user: z.string(),
      accessKey: z
        .strictObject({ id: z.string(), created: z.iso.datetime() })
        .default({ id: 'AKIAIOSFODNN7EXAMPLE', created: '2024-11-05T09:12:00Z' }),
    }),
    z.strictObject({
      type: z.literal('AssumedRole'),
      role: z.string(),
      /** With a slash at both ends. */
      path: z.string().default('/'),
      session: z.string(),
      /** Whoever it is has these credentials from this instance, and fetches new ones there for each call while there are any. */
      fetchedFrom: z.string().optional(),
    }),
    z.strictObject({ type: z.literal('AWSService'), service: z.string() }),
  ])
  .and(
    z.object({
      sourceIp: z.string().default('203.0.113.10'),
      userAgent: z.string().default('aws-cli/2.31.0'),
      mfa: z.boolean().default(false),
      /** The service that calls on the identity's behalf. */
      invokedBy: z.string().optional(),
    }),
  );
export type Identity = z.infer<typeof identity>;

const rule = z.strictObject({
  id,
  direction: z.enum(['ingress', 'egress']),
  /** `tcp`, `udp`, `icmp`, or `-1` for all. */
  protocol: z.string().default('-1'),
  /** `22`, or `1025-65535`; left out where the protocol has none. */
  ports: z.union([z.number().int(), z.string().regex(/^\d+-\d+$/)]).optional(),
  /** A CIDR, a group's id or a prefix list's. */
  peer: z.string(),
  description: z.string().optional(),
});

const aclEntry = z.strictObject({
  number: z.number().int(),
  direction: z.enum(['ingress', 'egress']),
  action: z.enum(['allow', 'deny']),
  protocol: z.string().default('-1'),
  ports: z.union([z.number().int(), z.string().regex(/^\d+-\d+$/)]).optional(),
  cidr: z.string(),
});

/** What responders find at a cluster's API server. */
const kubernetesCluster = z.strictObject({
  access: z.enum(['granted', 'denied', 'unreachable']).default('granted'),
  /** Objects as manifests have them; the nodes come from the cluster's instances. */
  objects: z.array(z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })).default([]),
  /** Of containers, by namespace/pod/container. */
  logs: z.record(z.string(), z.string()).default({}),
});

const parts = z.array(z.looseObject({ name: id })).default([]);

export const estateDescription = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string(),
  partition: z.string().default('aws'),
  identities: z.record(z.string(), identity),
  vpcs: z.array(z.strictObject({ id, cidr: z.string(), tags })).default([]),
  subnets: z
    .array(z.strictObject({ id, vpc: id, cidr: z.string(), acl: id, zone: z.string().default('a'), tags }))
    .default([]),
  networkAcls: z
    .array(z.strictObject({ id, vpc: id, default: z.boolean().default(false), entries: z.array(aclEntry), tags }))
    .default([]),
  securityGroups: z
    .array(
      z.strictObject({
        id,
        name: z.string(),
        vpc: id,
        description: z.string().default(''),
        rules: z.array(rule),
        tags,
      }),
    )
    .default([]),
  prefixLists: z
    .array(
      z.strictObject({
        id,
        name: z.string(),
        entries: z.array(z.strictObject({ cidr: z.string(), description: z.string().optional() })),
        tags,
      }),
    )
    .default([]),
  instances: z
    .array(
      z.strictObject({
        id,
        subnet: id,
        type: z.string().default('m7g.large'),
        image: z.string().default('ami-0e1e1e1e1e1e1e1e1'),
        spot: z.boolean().default(false),
        /** The Auto Scaling group that it is in service in. */
        group: id.optional(),
        /** The name of its instance profile. */
        profile: z.string().optional(),
        /** Of Systems Manager. Online, it still needs credentials and a way out. */
        agent: z.enum(['online', 'offline', 'absent']).default('absent'),
        /** How long a script of ours takes on it to collect what is volatile. */
        collectsForSeconds: z.number().positive().default(12),
        /** What becomes of its memory where somebody takes it: of how many parts it is, and what goes wrong. */
        memory: z
          .strictObject({
            parts: z.number().int().min(1).default(3),
            fails: z.enum(['no-room', 'taking', 'hangs', 'a-part-is-lost']).nullable().default(null),
          })
          .prefault({}),
        /** Whether it fails EC2's status checks. */
        impaired: z.boolean().default(false),
        /** Run by EKS Auto Mode, which lets nobody change it. */
        managedByEks: z.boolean().default(false),
        httpTokens: z.enum(['required', 'optional']).default('required'),
        terminationProtection: z.boolean().default(false),
        volumes: z
          .array(
            z.strictObject({
              id,
              device: z.string(),
              size: z.number().int().default(20),
              deleteOnTermination: z.boolean().default(true),
              encrypted: z.boolean().default(true),
              tags,
            }),
          )
          .default([]),
        tags,
      }),
    )
    .default([]),
  elasticAddresses: z.array(z.strictObject({ id, ip: z.string(), interface: id.optional(), tags })).default([]),
  vpcEndpoints: z
    .array(
      z.strictObject({
        id,
        vpc: id,
        /** Such as `ssm`; the rest of the name is the Region's. */
        service: z.string(),
        type: z.enum(['Interface', 'Gateway']).default('Interface'),
        groups: z.array(id).default([]),
        /** Through which an endpoint of the type Interface is reached, of those below. */
        interfaces: z.array(id).default([]),
        tags,
      }),
    )
    .default([]),
  targetGroups: z
    .array(
      z.strictObject({
        name: id,
        vpc: id,
        type: z.enum(['instance', 'ip']).default('instance'),
        port: z.number().int().default(30080),
        /** Ids of instances, or addresses. */
        targets: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  autoScalingGroups: z
    .array(
      z.strictObject({
        name: id,
        min: z.number().int().default(0),
        max: z.number().int(),
        desired: z.number().int(),
        /** Processes that are suspended, such as `Launch`. */
        suspended: z.array(z.string()).default([]),
        tags,
      }),
    )
    .default([]),
  interfaces: z
    .array(
      z.strictObject({
        id,
        subnet: id,
        groups: z.array(id).min(1),
        instance: id.optional(),
        device: z.number().int().optional(),
        description: z.string().default(''),
        ip: z.string(),
        tags,
      }),
    )
    .default([]),
  clusters: z
    .array(
      z.strictObject({
        name: id,
        version: z.string().default('1.34'),
        vpc: id,
        subnets: z.array(id).min(2),
        clusterSecurityGroup: id,
        securityGroups: z.array(id).default([]),
        endpointPublicAccess: z.boolean().default(false),
        endpointPrivateAccess: z.boolean().default(true),
        publicAccessCidrs: z.array(z.string()).default([]),
        /** The types of control-plane logs that are on. */
        logging: z.array(z.string()).default([]),
        /** What its API server answers; left out, responders have no access to it. */
        kubernetes: kubernetesCluster.optional(),
        authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']).default('API_AND_CONFIG_MAP'),
        deletionProtection: z.boolean().default(false),
        /** The customer's key over secrets. */
        secretsKey: z.string().optional(),
        /** Updates that EKS gave up before the incident begins. */
        failedUpdates: z
          .array(z.strictObject({ id, type: z.string(), error: z.string(), minutesBefore: z.number().positive() }))
          .default([]),
        /** Node groups, Fargate profiles and add-ons as EKS describes them: what is left out is left out there too. */
        nodegroups: parts,
        fargateProfiles: parts,
        addons: parts,
        accessEntries: z
          .array(
            z.strictObject({
              principal: z.string(),
              type: z.string().default('STANDARD'),
              groups: z.array(z.string()).default([]),
              policies: z
                .array(z.strictObject({ policy: z.string(), namespaces: z.array(z.string()).default([]) }))
                .default([]),
            }),
          )
          .default([]),
        /** Which service accounts have which roles. */
        podIdentityAssociations: z
          .array(z.strictObject({ id, namespace: z.string(), serviceAccount: z.string(), role: z.string() }))
          .default([]),
        tags,
      }),
    )
    .default([]),
  images: z
    .array(z.strictObject({ id, name: z.string(), platform: z.enum(['linux', 'windows']).default('linux'), tags }))
    .default([]),
  /** Repositories of ECR, in this account and Region. */
  repositories: z
    .array(
      z.strictObject({
        name: id,
        images: z.array(
          z.strictObject({
            digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
            tags: z.array(z.string()).default([]),
            pushedAt: z.iso.datetime(),
            /** How many findings a scan has of each severity. */
            findings: z.record(z.string(), z.number().int()).default({}),
          }),
        ),
      }),
    )
    .default([]),
  /** VPC flow logs, and where they go. */
  flowLogs: z
    .array(
      z.strictObject({
        id,
        /** A VPC, a subnet or an interface. */
        resource: id,
        /** A log group of CloudWatch Logs; left out, they go to S3. */
        group: z.string().optional(),
        /** A bucket, and a folder in it. */
        bucket: z.string().default('flow-logs'),
        folder: z.string().optional(),
        /** What a record has, as EC2 writes it: `\${interface-id} …`. */
        format: z.string().default(defaultFlowLogFormat),
        fileFormat: z.enum(['plain-text', 'parquet']).default('plain-text'),
        hiveCompatiblePartitions: z.boolean().default(false),
        perHourPartition: z.boolean().default(false),
        /** What has been delivered to the bucket: the records of five minutes, as lines. */
        files: z
          .array(
            z.strictObject({
              minutesBefore: z.number().int().positive(),
              records: z.array(z.string()),
              /** Somebody has deleted it since: the version below is still there. */
              deleted: z.boolean().default(false),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  /** Buckets with flow logs that this deployment was given to read. */
  flowLogBuckets: z.array(id).default([]),
  /** What CloudWatch Logs holds. */
  logGroups: z
    .array(
      z.strictObject({
        name: id,
        events: z.array(
          z.strictObject({ minutesBefore: z.number().positive(), stream: z.string(), message: z.string() }),
        ),
      }),
    )
    .default([]),
  /** What the organisation has put into the evidence bucket itself. */
  evidenceObjects: z.array(z.strictObject({ key: id, body: z.string() })).default([]),
  roles: z
    .array(
      z.strictObject({
        name: id,
        /** With a slash at both ends. */
        path: z.string().default('/'),
        /** ARNs of the managed policies that it has. */
        policies: z.array(z.string()).default([]),
        /** Names of the instance profiles that hold it. */
        profiles: z.array(z.string()).default([]),
        /** Who may assume it: a service, an account or an identity provider. */
        trusts: z.array(z.record(z.string(), z.unknown())).default([]),
        tags,
      }),
    )
    .default([]),
  /** What GuardDuty knows of the findings that are told of. */
  findings: z
    .array(
      z.strictObject({
        id,
        detector: id,
        type: z.string().default(''),
        archived: z.boolean().default(false),
        /** The access key whose use it is about. */
        accessKey: z.string().optional(),
      }),
    )
    .default([]),
  /** Where Inspector has seen an image run: by the image's ARN. */
  imagesInUse: z
    .array(
      z.strictObject({
        image: id,
        cluster: id,
        namespace: z.string(),
        workload: z.string(),
        running: z.number().int().default(1),
      }),
    )
    .default([]),
  /** Volumes that are attached to nothing. */
  volumes: z
    .array(
      z.strictObject({
        id,
        size: z.number().int().default(20),
        zone: z.string().default('a'),
        encrypted: z.boolean().default(true),
        tags,
      }),
    )
    .default([]),
  loadBalancers: z
    .array(
      z.strictObject({
        name: id,
        type: z.enum(['application', 'network']).default('network'),
        scheme: z.enum(['internet-facing', 'internal']).default('internal'),
        vpc: id,
        tags,
      }),
    )
    .default([]),
  /** What CloudTrail holds from before the incident. */
  trail: z
    .array(
      z.strictObject({
        /** Minutes before the incident begins. */
        minutesBefore: z.number().positive(),
        actor: z.string(),
        event: z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/),
        resources: z.array(z.string()).default([]),
        /** The record's `requestParameters`. */
        request: z.record(z.string(), z.unknown()).default({}),
        /** The code of the error that it ended with. */
        error: z.string().optional(),
      }),
    )
    .default([]),
  /** What AWS Config says of resources that do not keep its rules. */
  nonCompliant: z.array(z.strictObject({ type: z.string(), id, rule: z.string() })).default([]),
  /** What AWS Config recorded: each resource as EC2 described it at the time, in camelCase. */
  config: z
    .array(
      z.strictObject({
        type: z.string(),
        id,
        minutesBefore: z.number().positive(),
        configuration: z.record(z.string(), z.unknown()),
      }),
    )
    .default([]),
});
export type EstateDescription = z.infer<typeof estateDescription>;

/** Many incidents play in few estates: a text is understood once. */
const understood = new Map<string, EstateDescription>();

/** Reads an estate's file. Throws an `Error` that says what is wrong and where. */
export function readEstate(file: string): EstateDescription {
  let document: unknown;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
    const known = understood.get(text);
    if (known !== undefined) return structuredClone(known);
    document = parse(text);
  } catch (error) {
    throw new Error(`${file} cannot be read as an estate: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const parsed = estateDescription.safeParse(document);
  if (parsed.success) {
    understood.set(text, parsed.data);
    return structuredClone(parsed.data);
  }
  const [issue] = parsed.error.issues;
  throw new Error(`${file}: ${issue?.path.map(String).join('.')}: ${issue?.message}`);
}

/** `22` and `1025-65535` as numbers; null where no ports are given. */
export function portsOf(ports: number | string | undefined): { from: number; to: number } | null {
  if (ports === undefined) return null;
  const [from = 0, to = from] = String(ports).split('-').map(Number);
  return { from, to };
}
