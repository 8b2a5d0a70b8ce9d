import { endpointRuleNames } from '../../../runbooks/endpoint-exposure';
import { severities } from '../../../runbooks/incident';
import {
  type DriftEventFacts,
  type DriftTouch,
  driftKind,
  kindOfRule,
  volumeRuleNames,
} from '../../../runbooks/posture-drift';
import { matchesName } from '../../../runbooks/rule-names';
import { isNonCompliant } from '../../findings/config';
import { items, part, textAt } from '../../triage/cloudtrail';
import { type Event, ownDetailTypes, ownSource } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';

/** Reads what Config and our own look find of clusters and volumes, and what Inspector finds in nodes and images. */
export const postureDriftReader: Reader<DriftEventFacts, DriftTouch> = {
  category: 'posture-drift',
  outcomes: ['succeeded'],
  recognizes: (event) => sourceOf(event) !== null,
  read(event) {
    const facts = factsOf(event);
    const subjects = subjectsOf(event);
    return { subjects, facts, touches: subjects.map(({ type, id }) => ({ kind: facts.kind, type, id })) };
  },
};

function sourceOf(event: Event): DriftEventFacts['from'] | null {
  const { source, detail, 'detail-type': detailType } = event;
  if (isNonCompliant(event)) return concernsUs(detail) ? 'config' : null;
  switch (source) {
    case 'aws.inspector2':
      return detailType === 'Inspector2 Finding' &&
        textAt(detail, 'status') === 'ACTIVE' &&
        typeOf(detail) !== null &&
        items(detail['resources']).some((it) => inspected.includes(textAt(it, 'type') ?? ''))
        ? 'inspector'
        : null;
    case ownSource:
      return detailType === ownDetailTypes.drift ? 'scheduled-look' : null;
    default:
      return null;
  }
}

const inspected: readonly string[] = ['AWS_EC2_INSTANCE', 'AWS_ECR_CONTAINER_IMAGE'];

function concernsUs(detail: Event['detail']): boolean {
  const rule = textAt(detail, 'configRuleName') ?? '';
  switch (textAt(detail, 'resourceType')) {
    case 'AWS::EKS::Cluster':
      return !matchesName(endpointRuleNames, rule);
    case 'AWS::EC2::Volume':
      return matchesName(volumeRuleNames, rule);
    default:
      return false;
  }
}

function typeOf(detail: Event['detail']): 'vulnerability' | 'network-reachability' | null {
  const type = textAt(detail, 'type');
  if (type === 'PACKAGE_VULNERABILITY') return 'vulnerability';
  return type === 'NETWORK_REACHABILITY' ? 'network-reachability' : null;
}

const nothing: Omit<DriftEventFacts, 'kind' | 'from'> = {
  rule: null,
  cluster: null,
  vulnerability: null,
  level: null,
  score: null,
  exploitable: 'unknown',
  fixable: 'unknown',
  packages: [],
  ports: [],
  summary: null,
};

function factsOf(event: Event): DriftEventFacts {
  const { detail } = event;
  const from = sourceOf(event) ?? 'config';
  const cluster = subjectsOf(event).find(({ type }) => type === 'AWS::EKS::Cluster')?.id ?? null;
  switch (from) {
    case 'config': {
      const rule = textAt(detail, 'configRuleName');
      const summary = textAt(part(detail, 'newEvaluationResult'), 'annotation');
      const kind = kindOfRule(textAt(detail, 'resourceType') ?? '', rule ?? '');
      return { ...nothing, kind, from, rule, cluster, summary };
    }
    case 'scheduled-look': {
      const kind = driftKind.safeParse(detail['kind']);
      return { ...nothing, kind: kind.data ?? 'other', from, cluster, summary: textAt(detail, 'summary') };
    }
    case 'inspector':
      return { ...nothing, kind: typeOf(detail) ?? 'vulnerability', from, ...factsOfFinding(detail) };
    default:
      return from satisfies never;
  }
}

function factsOfFinding(detail: Event['detail']): Partial<DriftEventFacts> {
  const details = part(detail, 'packageVulnerabilityDetails');
  const reach = part(detail, 'networkReachabilityDetails');
  const ports = part(reach, 'openPortRange');
  const begin = textAt(ports, 'begin');
  const score = Number(textAt(detail, 'inspectorScore') ?? Number.NaN);
  return {
    vulnerability: textAt(details, 'vulnerabilityId'),
    level: severities.find((it) => it === textAt(detail, 'severity')?.toLowerCase()) ?? null,
    score: Number.isFinite(score) ? score : null,
    exploitable: yesOrNo(textAt(detail, 'exploitAvailable')),
    // PARTIAL: some of the packages have a version without it.
    fixable: yesOrNo(textAt(detail, 'fixAvailable')?.replace('PARTIAL', 'YES') ?? null),
    packages: items(details['vulnerablePackages']).flatMap((it) => {
      const name = textAt(it, 'name');
      return name === null ? [] : [[name, textAt(it, 'version')].filter((part) => part !== null).join(' ')];
    }),
    ports: begin === null ? [] : [`${begin}-${textAt(ports, 'end') ?? begin}`],
    summary: textAt(detail, 'title'),
  };
}

function yesOrNo(text: string | null): DriftEventFacts['exploitable'] {
  return text === 'YES' ? 'yes' : text === 'NO' ? 'no' : 'unknown';
}
