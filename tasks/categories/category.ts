import type { LookupAttribute } from '@aws-sdk/client-cloudtrail';
import type { CategoryId } from '../../runbooks/categories';
import type { Actor, Json, Resource } from '../../runbooks/incident';
import type { LoadedPlan } from '../../runbooks/plan-document';
import type { ActionContext } from '../actions/action';
import type { Dossier, JoinedEvent } from '../dossier';
import type { Permission } from '../permission';
import { type Reach, unknownTouch } from '../store/incidents';
import type { Event } from '../triage/event';
import type { AnyReader } from '../triage/reading';

/**
 * What the tasks must know of a category to carry its incidents. All of it only reads; errors are AWS's own. Whatever
 * cannot be known is `unknown` in the facts, and never guessed.
 */
export interface Category {
  readonly id: CategoryId;
  readonly reader: AnyReader;
  /** Rights of everything here: the tasks that carry an incident of this category have them. */
  readonly permissions: readonly Permission[];
  /**
   * What makes two events one incident while it is open, beside category, account and Region. `byPrincipal` and
   * `byPrincipalAnywhere` are answers for calls; findings that are sent again have an id of their own.
   */
  correlation(event: Event, reach: Reach, actor: Actor | null): Json;
  /** The incident that asked for this one, and the node that it asked it for; null where nobody's incident did. */
  parentOf?(facts: Json): { readonly incidentId: string; readonly node: string } | null;
  /**
   * What an event is the end of, and what it begins, by names of the category's own. What ends only what was judged already,
   * in an incident that is closed by now, opens none: it is the same act. Left out: no event is the end of another.
   */
  chapter?(event: Event): Chapter;
  /** Which clusters an event reaches, and how; no clusters: it is out of scope. Asks as little of AWS as that takes. */
  reach(context: ActionContext, event: Pick<JoinedEvent, 'time' | 'subjects' | 'facts' | 'touches'>): Promise<Scope>;
  /** The facts that the plan's conditions read, over all events and the world as it is now. */
  facts(context: ActionContext, dossier: Dossier, reach: Reach, plan: LoadedPlan): Promise<Json>;
  /**
   * Who stands behind each event, in their order, where that may be somebody else than its record names, or its record
   * names nobody. Left out: whoever made the call.
   */
  attribute?(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<readonly Attribution[]>;
  /** What else CloudTrail is to be asked, so that it can be told who stands behind. */
  lookups?(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<readonly Lookup[]>;
  /** Evidence that only this category keeps, beside the events and the state of what they touch. */
  readonly evidence?: {
    /** What collecting it takes beyond `permissions`. */
    readonly permissions: readonly Permission[];
    collectors(context: ActionContext, dossier: Dossier, plan: LoadedPlan): Promise<readonly Collector[]>;
  };
  /** A resource's configuration as evidence and baseline keep it; null where it is gone or of no interest. */
  state(context: Pick<ActionContext, 'aws'>, target: Resource): Promise<Json | null>;
  /** What of these clusters is recorded as baseline; with its state, where finding it has told that already. */
  baselineOf(
    context: Pick<ActionContext, 'aws'>,
    clusters: readonly string[],
  ): Promise<readonly (Resource & { readonly state?: Json })[]>;
}

/** How far an event reaches, and what was learned on the way. */
export interface Scope extends Reach {
  /** Facts of the event that its record does not say, and that nobody could tell any more when the incident is judged. */
  readonly learned?: Readonly<Record<string, Json>>;
}

export interface Chapter {
  readonly begins: readonly string[];
  /** Empty where the event is not only an end: an act is never known already. */
  readonly ends: readonly string[];
}

/** Who stands behind an event. */
export interface Attribution {
  /** Null where nobody can tell. */
  readonly actor: Actor | null;
  /** Whether CloudTrail, which lags by minutes, can tell nothing more of it. */
  readonly final: boolean;
}

/** One question to CloudTrail about calls that may stand behind an event. */
export interface Lookup {
  readonly attribute: LookupAttribute;
  /** Of the answers only those count whose record names one of these. */
  readonly about: readonly string[];
}

/** One piece of evidence, collected by itself: that it cannot be had never stops the others. */
export interface Collector {
  readonly kind: string;
  /** Its object's name, unique within the incident's version. */
  readonly name: string;
  /** Whether it is the same at every judgement, and so kept once: otherwise each version of the incident has its own. */
  readonly lasts?: boolean;
  readonly description: string;
  /** The evidence; null where there is none of it. Throws where there should be. Runs again with each judgement. */
  collect(): Promise<Json | null>;
}

/**
 * One storm is one incident: what the same principal does to the same clusters belongs together, whichever of their
 * resources it touches.
 */
export function byPrincipal(_event: Event, { clusters }: Reach, actor: Actor | null): Json {
  return { names: clusters.map(({ name }) => name).sort(), principal: actor?.principalArn ?? actor?.arn ?? null };
}

/**
 * What is found of one resource belongs together; and so does all that nobody may say of which cluster it is, most of which
 * is of none: a storm of refusals is no storm of incidents.
 */
export function byResource({ exposed, touches }: Reach): Json {
  return touches.includes(unknownTouch) ? unknownTouch : exposed.map(({ id }) => id).sort();
}

/** Whatever one principal does at a time belongs together, whichever clusters it reaches; without one, what reaches the same. */
export function byPrincipalAnywhere(event: Event, reach: Reach, actor: Actor | null): Json {
  const principal = actor?.principalArn ?? actor?.arn ?? null;
  return principal === null ? byPrincipal(event, reach, actor) : { principal };
}
