import type { ActorSign } from '../runbooks/actor-signs';
import type { Decision } from '../runbooks/decision';
import type { Actor, Json, Resource, Severity } from '../runbooks/incident';
import type { RelatedCall } from './store/incidents';

/** One event of an incident as the store keeps it: what it says by itself, and where the whole of it lies. */
export interface JoinedEvent<Facts = Json, Touch = Json> {
  readonly eventId: string;
  /** When it happened, ISO 8601 in UTC, by the event's own record. */
  readonly time: string;
  /** Such as `ec2.amazonaws.com:AuthorizeSecurityGroupIngress` or `Config Rules Compliance Change`. */
  readonly name: string;
  readonly actor: Actor | null;
  readonly subjects: readonly Resource[];
  readonly facts: Facts;
  readonly touches: readonly Touch[];
}

export interface TouchedCluster {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Everything known of an incident, as the store has it: what proposals are made from. */
export interface Dossier<Facts = Json, Touch = Json> {
  readonly incidentId: string;
  readonly category: string;
  readonly account: string;
  readonly region: string;
  readonly openedAt: string;
  readonly severity: Severity | null;
  readonly decision: Decision | null;
  /** The facts that it was decided on; null before that. */
  readonly decidedOn: Json;
  /** What the category's plan sets beside its rules. */
  readonly settings: Json;
  readonly clusters: readonly TouchedCluster[];
  /** In the order in which they happened. */
  readonly events: readonly JoinedEvent<Facts, Touch>[];
  /** Who stands behind it, as the decision saw it; null before that, and where nobody can tell. */
  readonly actor: Actor | null;
  /** What speaks for an actor's principal, by its ARN, being in other hands. */
  readonly signs: readonly { readonly principal: string; readonly signs: readonly ActorSign[] }[];
  /** What CloudTrail knew of the same actor and the same resources. */
  readonly context: readonly RelatedCall[];
}
