import type { LoadedPlan } from '../runbooks/plan-document';
import type { AwsClients } from './aws/clients';
import type { Configuration } from './configuration';
import type { Evidence } from './evidence';
import type { KubernetesOf } from './kubernetes/kubernetes';
import type { SlackApi } from './slack/client';
import type { Responders } from './slack/responders';
import type { SlackSecrets } from './slack/secrets';
import type { Store } from './store/store';

/** A line of the function's log: a sentence and identifiers, never an event, a token or a secret. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  about?: Readonly<Record<string, string | number>>,
) => void;

/** What tasks work with. Everything that differs between AWS, a rehearsal and a unit test comes in here. */
export interface Deps {
  readonly now: () => Date;
  /** Waits so many milliseconds: where AWS limits how often a call may be made. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly configuration: Configuration;
  readonly aws: AwsClients;
  readonly kubernetes: KubernetesOf;
  readonly store: Store;
  readonly evidence: Evidence;
  readonly responders: Responders;
  readonly slackApi: () => Promise<SlackApi>;
  readonly slackSecrets: () => Promise<SlackSecrets>;
  readonly plan: (category: string) => LoadedPlan;
  readonly log: Log;
}
