import * as z from 'zod';
import { clusterStatus } from './cluster';

/**
 * The facts of a cluster whose Kubernetes API endpoint is public, or lets more addresses in than before. The plan's
 * conditions read these names.
 */

const answer = z.enum(['yes', 'no', 'unknown']);

/**
 * Names of AWS Config's rules on the public endpoints of clusters, such as `eks-endpoint-no-public-access`, under whatever
 * name a conformance pack, Security Hub, Control Tower or an organisation of its own deploys one. `*` stands for any text.
 */
export const endpointRuleNames = [
  '*endpoint*',
  '*Endpoint*',
  '*ENDPOINT*',
  '*public*',
  '*Public*',
  '*PUBLIC*',
] as const;

/** What one event says by itself: no call to AWS is needed for it. */
export const endpointEventFacts = z.strictObject({
  /** Whether the event leaves the endpoint public. `unknown`: it changes something else of it, and does not say. */
  endpointPublic: answer,
  /** From where the public endpoint lets anybody in; empty where it is not public, and where the record does not say. */
  publicCidrs: z.array(z.string()),
  /** Whether nodes reach the API within the VPC. */
  privateAccess: answer,
  /** Whether every address on the internet (a prefix of length 0) reaches the endpoint. */
  opensToInternet: answer,
});
export type EndpointEventFacts = z.infer<typeof endpointEventFacts>;

/** What one event did. */
export const endpointTouch = z.strictObject({
  cluster: z.string(),
  /** The endpoint came with its cluster, was changed, or was found to be public. */
  kind: z.enum(['created', 'changed', 'found']),
});
export type EndpointTouch = z.infer<typeof endpointTouch>;

/** What the organisation sets for this category, beside its rules. */
export const endpointExposureSettings = z.strictObject({
  /** Networks from which people and pipelines may reach a public endpoint: offices, a VPN. None: no endpoint may be public. */
  allowedCidrs: z.array(z.union([z.cidrv4(), z.cidrv6()])),
});

/** The facts of the whole incident, over all its events and the cluster as it is now: what the plan's conditions see. */
export const endpointExposureFacts = endpointEventFacts.extend({
  clusterStatus,
  /** Whether the cluster was made with that endpoint: nothing stood before. */
  created: z.boolean(),
  /** The networks that reach the endpoint and that the plan's `allowedCidrs` do not hold. */
  outsideAllowed: z.array(z.string()),
  /** The networks that reach it and did not before. All of them where nobody knows what stood before. */
  widened: z.array(z.string()),
  /** Where what stood before is known from; `nothing` stood before a cluster that was made with its endpoint. */
  before: z.enum(['baseline', 'config-history', 'nothing', 'unknown']),
  /** Who made the cluster and will make it so again: a CloudFormation stack, Terraform, …; null where its tags do not say. */
  owner: z.string().nullable(),
  /** What AWS Config says now of its finding; `none` where no finding is among the events. */
  finding: z.enum(['stands', 'cleared', 'none', 'unknown']),
});
export type EndpointExposureFacts = z.infer<typeof endpointExposureFacts>;

export function tellEndpointExposure(facts: EndpointExposureFacts) {
  const { endpointPublic, publicCidrs, privateAccess, widened, before, owner, clusterStatus: status } = facts;
  const to =
    endpointPublic === 'yes' ? `yes, to ${publicCidrs.join(', ') || 'networks that nobody knows'}` : endpointPublic;
  return [
    { label: 'Endpoint public', text: to },
    { label: 'Private access', text: privateAccess },
    ...(widened.length === 0
      ? []
      : [{ label: 'New', text: `${widened.join(', ')} (before: from ${before.replaceAll('-', ' ')})` }]),
    { label: 'Cluster', text: `${status}${owner === null ? '' : `, made by ${owner}`}` },
  ];
}
