import type { CallerProof } from '../aws/caller';
import type { Deps } from '../deps';

/** What deciding may do to state machines. Throws AWS's error by its name. */
export interface Machines {
  /** Hands a decision to the machine that waits for it. */
  answer(taskToken: string, output: string): Promise<void>;
  /** Starts the machine that takes back what an incident changed. The same name is started once. */
  startRelease(name: string, input: string): Promise<void>;
}

/** What deciding works with: little, for it must be there at once. */
export type DecisionDeps = Pick<
  Deps,
  'now' | 'pause' | 'configuration' | 'store' | 'responders' | 'slackApi' | 'slackSecrets' | 'log'
> & {
  readonly machines: Machines;
  /** The ARN of whoever signed a proof for this purpose; null where AWS does not vouch for it. */
  readonly callerOf: (proof: CallerProof, binding: string) => Promise<string | null>;
};
