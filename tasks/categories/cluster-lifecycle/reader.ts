import {
  type ClusterLifecycleEventFacts,
  type ClusterTouch,
  clusterLifecycleCalls,
  lifecycleSettings,
} from '../../../runbooks/cluster-lifecycle';
import { calledCluster, decoded } from '../../clusters/calls';
import { items, numberAt, part, readOutcome, textAt } from '../../triage/cloudtrail';
import type { Event } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';

/** Reads the calls of EKS that make, delete or change clusters and their parts, and that give access to them. */
export const clusterLifecycleReader: Reader<ClusterLifecycleEventFacts, ClusterTouch> = {
  category: 'cluster-lifecycle',
  outcomes: ['succeeded', 'denied'],
  recognizes: (event) => callOf(event) !== null,
  read(event) {
    const subjects = subjectsOf(event);
    const call = callOf(event);
    if (call === null) return { subjects, touches: [], facts: nothing };
    const succeeded = readOutcome(event.detail) === 'succeeded';
    const [resource, done] = call.does;
    const facts: ClusterLifecycleEventFacts = {
      ...nothing,
      resource,
      kind: succeeded ? done : 'attempted',
      attempt: succeeded ? null : call.name,
      name: nameOf(call),
      ...accessOf(call, succeeded),
      settings: call.settings,
      weakens: succeeded ? weakened(call) : [],
      version: textAt(call.request, 'version') ?? textAt(part(call.response, 'cluster'), 'version'),
      scaling: scalingOf(call.request),
    };
    const cluster = calledCluster(event);
    return { subjects, touches: cluster === null ? [] : [touchOf(call, facts, cluster)], facts };
  },
};

type Fields = Readonly<Record<string, unknown>>;
type CallName = keyof typeof clusterLifecycleCalls | 'UpdateClusterConfig';

interface Call {
  readonly name: CallName;
  readonly does: readonly [ClusterLifecycleEventFacts['resource'], ClusterLifecycleEventFacts['kind']];
  readonly settings: ClusterLifecycleEventFacts['settings'];
  readonly request: Fields;
  readonly response: Fields;
}

const nothing: ClusterLifecycleEventFacts = {
  resource: 'cluster',
  kind: 'attempted',
  attempt: null,
  name: null,
  grantsAdmin: 'no',
  principal: null,
  accessPolicy: null,
  accessScope: null,
  settings: [],
  weakens: [],
  version: null,
  scaling: null,
};

/** Null where the event is no call of this category: other services have calls of the same names. */
function callOf({ detail }: Event): Call | null {
  if (textAt(detail, 'eventSource') !== 'eks.amazonaws.com') return null;
  const name = textAt(detail, 'eventName') ?? '';
  const request = part(detail['requestParameters']);
  const response = part(detail['responseElements']);
  if (isLifecycleCall(name)) return { name, does: clusterLifecycleCalls[name], settings: [], request, response };
  if (name !== 'UpdateClusterConfig') return null;
  const settings = settingsIn(request);
  return settings.length === 0 ? null : { name, does: ['cluster', 'updated'], settings, request, response };
}

function isLifecycleCall(name: string): name is keyof typeof clusterLifecycleCalls {
  return Object.hasOwn(clusterLifecycleCalls, name);
}

function settingsIn(request: Fields): ClusterLifecycleEventFacts['settings'] {
  const names = Object.keys(lifecycleSettings) as (keyof typeof lifecycleSettings)[];
  return names.filter((name) => says(request, lifecycleSettings[name]));
}

/** Whether a request, or a member of one of its lists, says something at a place. */
function says(from: unknown, [name = '', ...inner]: readonly string[]): boolean {
  return items(from).some((it) => name in it && (inner.length === 0 || says(it[name], inner)));
}

/** What a call is about within its cluster. */
function nameOf({ request, response }: Call): string | null {
  const found =
    textAt(request, 'nodegroupName', 'fargateProfileName', 'addonName', 'associationId') ??
    textAt(part(response, 'association'), 'associationId') ??
    textAt(part(request, 'oidc'), 'identityProviderConfigName') ??
    textAt(part(request, 'identityProviderConfig'), 'name');
  return found === null ? null : decoded(found);
}

type Access = Pick<ClusterLifecycleEventFacts, 'grantsAdmin' | 'principal' | 'accessPolicy' | 'accessScope'>;

function accessOf({ name, request }: Call, succeeded: boolean): Partial<Access> {
  const said = (grantsAdmin: Access['grantsAdmin']) => (succeeded ? grantsAdmin : 'no');
  switch (name) {
    case 'AssociateAccessPolicy': {
      const accessPolicy = policyName(request);
      const scope = textAt(part(request, 'accessScope'), 'type');
      const accessScope = scope === 'cluster' || scope === 'namespace' ? scope : null;
      return {
        principal: principalIn(request),
        accessPolicy,
        accessScope,
        grantsAdmin: said(admin(accessPolicy, scope)),
      };
    }
    case 'CreateAccessEntry':
    case 'UpdateAccessEntry': {
      // A name or a group of the caller's choosing: what the cluster lets it do is said by its bindings.
      const named = textAt(request, 'username') !== null || groupsIn(request).length > 0;
      return { principal: principalIn(request), grantsAdmin: said(named ? 'unknown' : 'no') };
    }
    case 'CreatePodIdentityAssociation':
    case 'UpdatePodIdentityAssociation':
      return { principal: textAt(request, 'roleArn') };
    case 'AssociateIdentityProviderConfig':
      // Whoever runs the provider says who is in which group.
      return { grantsAdmin: said('unknown') };
    default:
      return {};
  }
}

/**
 * AmazonEKSAdminPolicy for a whole cluster may impersonate its service accounts, those of kube-system among them: that is
 * cluster admin by another name. https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
 */
function admin(policy: string | null, scope: string | null): Access['grantsAdmin'] {
  if (policy === null) return 'unknown';
  if (policy === 'AmazonEKSClusterAdminPolicy') return 'yes';
  if (policy !== 'AmazonEKSAdminPolicy') return 'no';
  if (scope === null) return 'unknown';
  return scope === 'cluster' ? 'yes' : 'no';
}

function policyName(request: Fields): string | null {
  const arn = textAt(request, 'policyArn');
  return arn === null ? null : (decoded(arn).split('/').at(-1) ?? null);
}

function principalIn(request: Fields): string | null {
  const arn = textAt(request, 'principalArn');
  return arn === null ? null : decoded(arn);
}

function groupsIn(request: Fields): string[] {
  const groups = request['kubernetesGroups'];
  return Array.isArray(groups) ? groups.filter((it): it is string => typeof it === 'string') : [];
}

/** The settings that a call switches off, in whole or in part. */
function weakened({ request, settings }: Call): ClusterLifecycleEventFacts['weakens'] {
  return settings.filter((it) => {
    switch (it) {
      case 'logging':
        return items(part(request, 'logging')['clusterLogging']).some((setup) => textAt(setup, 'enabled') === 'false');
      case 'deletion-protection':
        return textAt(request, 'deletionProtection') === 'false';
      case 'authentication-mode':
        // The modes go one way only, from the ConfigMap towards the API, which takes nothing away.
        return false;
      default:
        return it satisfies never;
    }
  });
}

function scalingOf(request: Fields): ClusterLifecycleEventFacts['scaling'] {
  const given = part(request, 'scalingConfig');
  if (Object.keys(given).length === 0) return null;
  return {
    minSize: numberAt(given, 'minSize'),
    maxSize: numberAt(given, 'maxSize'),
    desiredSize: numberAt(given, 'desiredSize'),
  };
}

function touchOf(
  call: Call,
  { resource, kind, attempt, name, settings, principal }: ClusterLifecycleEventFacts,
  cluster: string,
): ClusterTouch {
  const policyArn = textAt(call.request, 'policyArn');
  return {
    cluster,
    resource,
    kind,
    attempt,
    name,
    settings,
    access:
      resource === 'access-entry' && principal !== null
        ? {
            principalArn: principal,
            policyArn: policyArn === null ? null : decoded(policyArn),
            created: call.name === 'CreateAccessEntry',
          }
        : null,
  };
}
