import { type EndpointEventFacts, type EndpointTouch, endpointRuleNames } from '../../../runbooks/endpoint-exposure';
import { matchesName } from '../../../runbooks/rule-names';
import { calledCluster } from '../../clusters/calls';
import { endpointOf, everyAddress, factsOfEndpoint } from '../../clusters/endpoint';
import { isNonCompliant } from '../../findings/config';
import { isEveryAddress } from '../../network/addresses';
import { items, part, readOutcome, textAt } from '../../triage/cloudtrail';
import type { Event } from '../../triage/event';
import type { Reader } from '../../triage/reading';
import { subjectsOf } from '../../triage/subjects';

/** Reads the calls that make or change a cluster's API endpoint, and AWS Config's finding that one is public. */
export const endpointExposureReader: Reader<EndpointEventFacts, EndpointTouch> = {
  category: 'endpoint-exposure',
  outcomes: ['succeeded'],
  recognizes: (event) => kindOf(event) !== null,
  read(event) {
    const kind = kindOf(event);
    const subjects = subjectsOf(event);
    const cluster = kind === 'found' ? (subjects[0]?.id ?? null) : calledCluster(event);
    if (kind === null) return { subjects, touches: [], facts: nothingSaid };
    // A call that failed made nothing public, whatever it asked for.
    if (readOutcome(event.detail) !== 'succeeded') {
      const facts = { ...nothingSaid, opensToInternet: 'no' as const };
      return { subjects, touches: [], facts: kind === 'created' ? { ...facts, endpointPublic: 'no' } : facts };
    }
    const touches = cluster === null ? [] : [{ cluster, kind }];
    switch (kind) {
      case 'created':
        return { subjects, touches, facts: created(event) };
      case 'changed':
        return { subjects, touches, facts: changed(event) };
      case 'found':
        // The rule says that it is public, and not to whom.
        return { subjects, touches, facts: { ...nothingSaid, endpointPublic: 'yes' } };
      default:
        return kind satisfies never;
    }
  },
};

const nothingSaid: EndpointEventFacts = {
  endpointPublic: 'unknown',
  publicCidrs: [],
  privateAccess: 'unknown',
  opensToInternet: 'unknown',
};

/** Null where the event is not of this category: the endpoint stays closed, or is not what is changed. */
function kindOf(event: Event): EndpointTouch['kind'] | null {
  const { detail } = event;
  if (isNonCompliant(event))
    return textAt(detail, 'resourceType') === 'AWS::EKS::Cluster' &&
      matchesName(endpointRuleNames, textAt(detail, 'configRuleName') ?? '')
      ? 'found'
      : null;
  if (textAt(detail, 'eventSource') !== 'eks.amazonaws.com') return null;
  const asked = part(detail['requestParameters'], 'resourcesVpcConfig');
  switch (textAt(detail, 'eventName')) {
    case 'CreateCluster':
      return textAt(asked, 'endpointPublicAccess') === 'false' ? null : 'created';
    case 'UpdateClusterConfig':
      return exposes(asked) ? 'changed' : null;
    default:
      return null;
  }
}

/** What leaves the endpoint public, says whom it lets in, or takes the nodes' own way to it away. */
function exposes(asked: Readonly<Record<string, unknown>>): boolean {
  const publicAccess = textAt(asked, 'endpointPublicAccess');
  return (
    publicAccess === 'true' ||
    textAt(asked, 'endpointPrivateAccess') === 'false' ||
    (publicAccess === null && textsIn(asked['publicAccessCidrs']).length > 0)
  );
}

/** The response says how EKS read the request; where it is not there, what is absent is public, to everybody. */
function created({ detail }: Event): EndpointEventFacts {
  const answered = part(detail['responseElements'], 'cluster', 'resourcesVpcConfig');
  const asked = part(detail['requestParameters'], 'resourcesVpcConfig');
  const given = 'endpointPublicAccess' in answered ? answered : asked;
  const cidrs = textsIn(given['publicAccessCidrs']);
  const family = textAt(part(detail['requestParameters'], 'kubernetesNetworkConfig'), 'ipFamily');
  // The public endpoint of an IPv6 cluster is dual-stack.
  const open = family === 'ipv6' ? [...everyAddress, '::/0'] : everyAddress;
  return factsOfEndpoint(
    endpointOf({
      endpointPublicAccess: textAt(given, 'endpointPublicAccess') !== 'false',
      endpointPrivateAccess: textAt(given, 'endpointPrivateAccess') === 'true',
      publicAccessCidrs: cidrs.length === 0 ? open : cidrs,
    }),
  );
}

/** What the call does not name stays as it is: the update in the response may say what that is. */
function changed({ detail }: Event): EndpointEventFacts {
  const asked = part(detail['requestParameters'], 'resourcesVpcConfig');
  const params = new Map(
    items(part(detail['responseElements'], 'update')['params']).map((it) => [textAt(it, 'type'), textAt(it, 'value')]),
  );
  const said = (field: string, type: string) => textAt(asked, field) ?? params.get(type) ?? null;
  const publicAccess = yesOrNo(said('endpointPublicAccess', 'EndpointPublicAccess'));
  const named = textsIn(asked['publicAccessCidrs']);
  const cidrs = named.length > 0 ? named : textsIn(parsed(params.get('PublicAccessCidrs') ?? null));
  // An endpoint that is switched on without a word on addresses lets in every address.
  const open = cidrs.length === 0 && publicAccess === 'yes' ? [...everyAddress] : cidrs;
  const publicCidrs = publicAccess === 'no' ? [] : [...new Set(open)].sort();
  return {
    endpointPublic: publicAccess,
    publicCidrs,
    privateAccess: yesOrNo(said('endpointPrivateAccess', 'EndpointPrivateAccess')),
    opensToInternet: opens(publicAccess, publicCidrs),
  };
}

/** A call that only names addresses makes nothing public: who is let in matters only where the endpoint is. */
function opens(publicAccess: EndpointEventFacts['endpointPublic'], cidrs: readonly string[]) {
  if (publicAccess === 'no') return 'no';
  if (cidrs.length === 0) return 'unknown';
  return cidrs.some(isEveryAddress) ? 'yes' : 'no';
}

function yesOrNo(value: string | null): EndpointEventFacts['privateAccess'] {
  if (value === null) return 'unknown';
  return value === 'true' ? 'yes' : 'no';
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : [];
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
