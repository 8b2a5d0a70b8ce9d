import type { Change } from '../../runbooks/change';
import type { Json, Resource } from '../../runbooks/incident';
import type { AwsClients } from '../aws/clients';
import type { Dossier } from '../dossier';
import type { KubernetesOf } from '../kubernetes/kubernetes';
import type { Permission } from '../permission';

/**
 * What an action works with. `baseline` answers what the resource looked like at the last recording before a moment
 * (ISO 8601), or null where no recording knows it. Whoever calls an action tells responders what it collects here.
 */
export interface ActionContext {
  readonly aws: AwsClients;
  readonly kubernetes: KubernetesOf;
  readonly now: () => Date;
  readonly baseline: (target: Resource, before: string) => Promise<Json | null>;
  /** What could not be read, in words: the work went on without it. */
  readonly problems: Set<string>;
  /** What a proposal leaves to people and why, in words: it should be changed, and nobody knows into what. */
  readonly left: Set<string>;
  /** Whether the evidence that an incident has collected of a resource is under seal. */
  readonly isSealed: (incidentId: string, target: Resource) => Promise<boolean>;
  /** Whether others of a group stay healthy when a node goes, whatever else goes at this moment: it counts as going from then on. */
  readonly leavesOthers: (group: string, node: string, others: readonly string[]) => Promise<boolean>;
  /** Counts a node of a group as going from now on, whatever stays: people have decided that it goes. */
  readonly goes: (group: string, node: string) => Promise<void>;
  /** The nodes of an incident that people would not have isolated. */
  readonly nodesSpared: (incidentId: string) => Promise<string[]>;
}

/**
 * How far a call to `apply` came. `waitingFor`: its time has not come, nothing was called, ask again later. `reference`:
 * what AWS calls the work that was started, which `verify` is handed.
 */
export type Application = { readonly waitingFor: string } | { readonly reference: string };

export type Verification =
  | { readonly state: 'done' }
  | { readonly state: 'pending'; readonly waitingFor: string }
  | { readonly state: 'failed'; readonly reason: string };

/**
 * One way of altering the world. An action's file is all there is to it: its rights, what it proposes, how it looks at the
 * world, how it changes it and how it turns back.
 *
 * Every method may run twice. `propose`, `present` and `verify` only read.
 */
export interface Action {
  /** The name of its file. */
  readonly id: string;
  readonly description: string;
  readonly permissions: {
    readonly read: readonly Permission[];
    readonly write: readonly Permission[];
  };
  /**
   * Actions of the same change set that must be applied before; of the others it waits for none. Where it is left out,
   * everything that stands before it in the set comes first. An undo goes the other way round.
   */
  readonly after?: readonly string[];
  /**
   * Whether a target that is gone needs its changes no more, whichever way they lead: they count as done, and keep no other
   * from being made. Where it is left out, a target that goes after the proposal makes the proposal void.
   */
  readonly goneIsDone?: true;
  /** Whether it makes changes that have no way back: a plan that names it has two people approve. */
  readonly irreversible?: true;
  /** How long one of its changes may take from its approval until it stands, waiting included; five minutes where it says nothing. */
  readonly takesSeconds?: number;
  /** The changes that would answer the incident; none where the action does not concern it or nothing is left to do. */
  propose(context: ActionContext, dossier: Dossier): Promise<Change[]>;
  /**
   * Of a change that cannot be undone: everything that it takes away, whole, so that it is in the evidence before anybody
   * is asked. Null where it is gone already.
   */
  takesAway?(context: ActionContext, change: Change): Promise<Json | null>;
  /** What stands now in exactly the fields that the change touches, in the shape of its `before` and `after`; null where the target is gone. */
  present(context: ActionContext, change: Change): Promise<Json | null>;
  /**
   * Makes `after` of `before`; starts what takes long and does not wait for it. Makes no call where the world already is
   * as it should be. Errors are AWS's own.
   */
  apply(context: ActionContext, change: Change): Promise<Application | undefined>;
  /**
   * Why only a human may have these changes made as the world stands now; undefined where nothing speaks against them, or
   * only what a human was asked about already (`askBecause`). Asked of all changes of the action just before they are made.
   */
  asksNow?(context: ActionContext, changes: readonly Change[]): Promise<string | undefined>;
  /** `reference` is what `apply` answered, where it did. */
  verify(context: ActionContext, change: Change, reference: string | null): Promise<Verification>;
  /** The change that restores what stood before; null where there is none. Identifiers that AWS assigns may differ. */
  undo(change: Change): Change | null;
}
