import { severity } from '../../../runbooks/incident';
import {
  type CompromiseEventFacts,
  type CompromiseTouch,
  type FindingFamily,
  findingTypes,
  imageRuleNames,
} from '../../../runbooks/node-compromise';
import { type PodName, podName } from '../../../runbooks/node-forensics';
import { matchesName } from '../../../runbooks/rule-names';
import { clusterByTags } from '../../aws/network';
import { camelCased } from '../../findings/camel-case';
import { isNonCompliant } from '../../findings/config';
import { items, numberAt, part, tagsIn, textAt, textsAt } from '../../triage/cloudtrail';
import { type Event, ownDetailTypes, ownSource } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';

/**
 * Reads GuardDuty's findings about clusters and instances, Config's about images that nobody approved, and what responders
 * declare. Whether an instance is a node of a cluster is not in every finding: that is found when its reach is.
 */
export const nodeCompromiseReader: Reader<CompromiseEventFacts, CompromiseTouch> = {
  category: 'node-compromise',
  outcomes: ['succeeded'],
  recognizes: (event) => kindOf(event) !== null,
  read(event) {
    const facts = factsOf(event);
    return {
      subjects: subjectsOf(event),
      facts,
      touches: [
        ...facts.instances.map((instanceId) => ({ kind: 'node' as const, instanceId })),
        ...(facts.kind === 'finding' ? principalsOf(camelCased(event.detail)) : []),
      ],
    };
  },
};

function kindOf(event: Event): CompromiseEventFacts['kind'] | null {
  if (isNonCompliant(event)) {
    return textAt(event.detail, 'resourceType') === 'AWS::EC2::Instance' &&
      matchesName(imageRuleNames, textAt(event.detail, 'configRuleName') ?? '')
      ? 'unauthorized-ami'
      : null;
  }
  switch (event.source) {
    case 'aws.guardduty':
      return event['detail-type'] === 'GuardDuty Finding' && familyOf(camelCased(event.detail)) !== null
        ? 'finding'
        : null;
    case ownSource:
      return event['detail-type'] === ownDetailTypes.declared ? 'declared' : null;
    default:
      return null;
  }
}

/** What a finding is about, by its type and by the resource that it names; null where that is nothing of EKS or of EC2. */
function familyOf(finding: unknown): FindingFamily | null {
  const type = textAt(finding, 'type') ?? '';
  const [, target = '', threat = ''] = /^[^:]+:([^/]+)\/(.*)$/.exec(type) ?? [];
  const resourceType = textAt(part(finding, 'resource'), 'resourceType') ?? '';
  if (type.startsWith('AttackSequence:')) {
    return findingTypes.sequences.includes(target) || sequenceOf(finding).some((it) => isCluster(it))
      ? 'attack-sequence'
      : null;
  }
  const malware = /^(Malicious|Suspicious)File/.test(threat);
  switch (target) {
    case 'Kubernetes':
      return malware ? 'malware' : 'kubernetes';
    case 'Runtime':
      return findingTypes.resources.includes(resourceType) ? 'runtime' : null;
    case 'EC2':
    case 'Container':
      if (!findingTypes.resources.includes(resourceType)) return null;
      return malware ? 'malware' : 'ec2';
    default:
      return null;
  }
}

function sequenceOf(finding: unknown): Readonly<Record<string, unknown>>[] {
  return items(part(finding, 'service', 'detection', 'sequence')['resources']);
}

function isCluster(resource: Readonly<Record<string, unknown>>): boolean {
  return textAt(resource, 'resourceType') === 'EKS_CLUSTER';
}

/** The cluster that the instances' tags name, as they were when it was found: a node that is gone has none any more. */
function clusterByNodes(finding: unknown): string | null {
  const spanned = sequenceOf(finding).filter((it) => textAt(it, 'resourceType') === 'EC2_INSTANCE');
  const lists = [part(finding, 'resource', 'instanceDetails')['tags'], ...spanned.map((it) => it['tags'])];
  return clusterByTags(tagsIn(...lists));
}

const nothing: Omit<CompromiseEventFacts, 'kind'> = {
  finding: null,
  findingId: null,
  detectorId: null,
  family: null,
  score: null,
  level: 'informational',
  sample: false,
  cluster: null,
  namespace: null,
  workload: null,
  pod: null,
  processIds: [],
  username: null,
  privileged: 'unknown',
  images: [],
  instances: [],
  accessKeys: [],
  remotes: [],
  summary: null,
};

function factsOf(event: Event): CompromiseEventFacts {
  const instances = subjectsOf(event)
    .filter(({ type }) => type === 'AWS::EC2::Instance')
    .map(({ id }) => id);
  const cluster = subjectsOf(event).find(({ type }) => type === 'AWS::EKS::Cluster')?.id ?? null;
  const kind = kindOf(event) ?? 'finding';
  switch (kind) {
    case 'finding': {
      const finding = camelCased(event.detail);
      return { ...nothing, kind, ...factsOfFinding(finding), instances, cluster: cluster ?? clusterByNodes(finding) };
    }
    case 'unauthorized-ami':
      return {
        ...nothing,
        kind,
        level: 'high',
        instances,
        summary: textAt(part(event.detail, 'newEvaluationResult'), 'annotation'),
      };
    case 'declared': {
      const level = severity.safeParse(event.detail['severity']);
      return {
        ...nothing,
        kind,
        level: level.success ? level.data : 'high',
        cluster,
        instances,
        namespace: textAt(event.detail, 'namespace'),
        workload: textAt(event.detail, 'workload'),
        summary: textAt(event.detail, 'reason'),
      };
    }
    default:
      return kind satisfies never;
  }
}

type Named = Readonly<Record<string, unknown>>;

function factsOfFinding(finding: unknown): Partial<CompromiseEventFacts> {
  const resource = part(finding, 'resource');
  const service = part(finding, 'service');
  const kubernetes = part(resource, 'kubernetesDetails');
  const workload = part(kubernetes, 'kubernetesWorkloadDetails');
  const sequence = sequenceOf(finding);
  const ofSequence = sequence.find((it) => textAt(it, 'resourceType') === 'KUBERNETES_WORKLOAD');
  const score = Number(textAt(finding, 'severity') ?? Number.NaN);
  const containers = [...items(workload['containers']), ...items(resource['containerDetails'])];
  const user = part(kubernetes, 'kubernetesUserDetails');
  return {
    finding: textAt(finding, 'type'),
    findingId: textAt(finding, 'id'),
    detectorId: textAt(service, 'detectorId'),
    family: familyOf(finding),
    score: Number.isFinite(score) ? score : null,
    level: levelOf(score),
    sample: textAt(part(service, 'additionalInfo'), 'sample') === 'true' || namesASample(service),
    namespace:
      textAt(workload, 'namespace') ??
      textAt(part(ofSequence, 'data', 'kubernetesWorkload'), 'namespace') ??
      textAt(part(service, 'action', 'kubernetesApiCallAction'), 'namespace'),
    workload: nameOfWorkload(workload) ?? nameOfSequenced(ofSequence),
    pod: podOf(workload),
    processIds: processesOf(service),
    username: textAt(user, 'username'),
    privileged: privilegeOf(workload, containers),
    images: distinct([
      ...containers.map((it) => textAt(it, 'image')),
      ...sequence.map((it) => textAt(part(it, 'data', 'container'), 'image')),
    ]),
    accessKeys: distinct([
      textAt(part(resource, 'accessKeyDetails'), 'accessKeyId'),
      textAt(part(service, 'action', 'awsApiCallAction', 'accessKeyDetails'), 'accessKeyId'),
      ...sequence.filter((it) => textAt(it, 'resourceType') === 'ACCESS_KEY').map((it) => textAt(it, 'uid')),
    ]).filter((id) => /^A[KS]IA/.test(id)),
    remotes: remotesOf(service),
    summary: textAt(finding, 'title'),
  };
}

/** The users and roles whose credentials a finding names. Root has none that could be taken away. */
function principalsOf(finding: unknown): CompromiseTouch[] {
  const resource = part(finding, 'resource');
  const action = part(finding, 'service', 'action', 'awsApiCallAction');
  const actors = items(part(finding, 'service', 'detection', 'sequence')['actors']);
  const named = [
    ...[part(resource, 'accessKeyDetails'), part(action, 'accessKeyDetails')].map((it) => ({
      type: textAt(it, 'userType'),
      name: textAt(it, 'userName'),
      key: textAt(it, 'accessKeyId'),
    })),
    ...actors.map((it) => {
      const user = part(it, 'user');
      return { type: textAt(user, 'type'), name: textAt(user, 'name'), key: textAt(user, 'credentialUid') };
    }),
  ];
  return named.flatMap(({ type, name, key }) => {
    const principal = principalTypes.get(type ?? '');
    return principal === undefined || name === null ? [] : [{ kind: 'principal', principal, name, accessKeyId: key }];
  });
}

const principalTypes: ReadonlyMap<string, 'user' | 'role'> = new Map([
  ['IAMUser', 'user'],
  ['AssumedRole', 'role'],
  ['Role', 'role'],
]);

/** https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
function levelOf(score: number): CompromiseEventFacts['level'] {
  if (!Number.isFinite(score)) return 'medium';
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score >= 1 ? 'low' : 'informational';
}

/** Additional information is a JSON text within a field of another name where the finding is the API's answer. */
function namesASample(service: Named): boolean {
  return /"sample"\s*:\s*true/.test(textAt(part(service, 'additionalInfo'), 'value') ?? '');
}

function nameOfWorkload(workload: Named): string | null {
  const name = textAt(workload, 'name');
  return name === null ? null : `${textAt(workload, 'type') ?? 'workload'}/${name}`;
}

/** Names that Kubernetes would not have given name nothing. */
function podOf(workload: Named): PodName | null {
  if (!/^pods?$/i.test(textAt(workload, 'type') ?? '')) return null;
  const named = podName.safeParse({ namespace: textAt(workload, 'namespace'), name: textAt(workload, 'name') });
  return named.success ? named.data : null;
}

/** The process that did it, and those that started it, as the host numbers them. */
function processesOf(service: Named): number[] {
  const process = part(service, 'runtimeDetails', 'process');
  const ids = [process, ...items(process['lineage'])].map((it) => numberAt(it, 'pid') ?? 0);
  return [...new Set(ids.filter((id) => Number.isSafeInteger(id) && id > 1))].slice(0, 20);
}

function nameOfSequenced(resource: Named | undefined): string | null {
  const name = textAt(resource, 'name');
  return name === null ? null : `${textAt(part(resource, 'data', 'kubernetesWorkload'), 'type') ?? 'workload'}/${name}`;
}

function privilegeOf(workload: Named, containers: readonly Named[]): CompromiseEventFacts['privileged'] {
  const said = [
    textAt(workload, 'hostNetwork'),
    textAt(workload, 'hostPid', 'hostPID'),
    textAt(workload, 'hostIpc', 'hostIPC'),
    ...containers.map((it) => textAt(part(it, 'securityContext'), 'privileged')),
    ...items(workload['volumes']).map((it) => (textAt(part(it, 'hostPath'), 'path') === null ? null : 'true')),
  ].filter((it) => it !== null);
  return said.includes('true') ? 'yes' : said.length === 0 ? 'unknown' : 'no';
}

function remotesOf(service: Named): string[] {
  const action = part(service, 'action');
  const remote = (from: unknown) => textAt(part(from, 'remoteIpDetails'), 'ipAddressV4', 'ipAddressV6');
  const probes = items(part(action, 'portProbeAction')['portProbeDetails']);
  const endpoints = items(part(service, 'detection', 'sequence')['endpoints']);
  return distinct([
    ...['networkConnectionAction', 'kubernetesApiCallAction', 'awsApiCallAction'].map((it) => remote(part(action, it))),
    ...probes.map(remote),
    textAt(part(action, 'dnsRequestAction'), 'domain'),
    ...textsAt(
      part(action, 'kubernetesApiCallAction')['sourceIps'] ?? part(action, 'kubernetesApiCallAction')['sourceIPs'],
    ),
    ...endpoints.flatMap((it) => [textAt(it, 'ip'), textAt(it, 'domain')]),
  ]);
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((it) => it !== null))];
}
