import { userInfo } from 'node:os';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { severity } from '../../runbooks/incident';
import { ownDetailTypes, ownSource } from '../../tasks/triage/event';
import { BadInput } from './bad-input';

export interface Declaration {
  readonly cluster: string;
  readonly node: readonly string[];
  readonly reason: string;
  readonly severity: string;
  readonly namespace?: string;
  readonly workload?: string;
  /** Whether the event is put on the account's bus, with the credentials and the Region of the environment. */
  readonly send: boolean;
}

/** A responder declares an incident: prints the event as PutEvents takes it, and sends it where that is asked for. */
export async function declare(declaration: Declaration, print: (text: string) => void): Promise<void> {
  const entry = entryOf(declaration, userInfo().username);
  print(JSON.stringify([entry], null, 2));
  if (!declaration.send) return;
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (region === undefined) throw new BadInput('--send: no Region is set: put the cluster’s into AWS_REGION');
  const { FailedEntryCount, Entries } = await new EventBridgeClient({ region }).send(
    new PutEventsCommand({ Entries: [entry] }),
  );
  const [sent] = Entries ?? [];
  if ((FailedEntryCount ?? 0) > 0) throw new Error(`EventBridge did not take the event: ${sent?.ErrorMessage}`);
  process.stderr.write(`declared as event ${sent?.EventId}\n`);
}

/** The entry of a declaration. Throws `BadInput` for what cannot be declared. */
export function entryOf(it: Omit<Declaration, 'send'>, declaredBy: string) {
  if (it.reason.trim() === '') throw new BadInput('--reason: say in a few words what you saw');
  if (!/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/.test(it.cluster)) {
    throw new BadInput(`--cluster ${it.cluster}: this is no name of a cluster: letters, digits, - and _, at most 100`);
  }
  for (const node of it.node) {
    if (/^i-[0-9a-f]{8,17}$/.test(node)) continue;
    throw new BadInput(`--node ${node}: name a node by its instance’s id, such as i-0123456789abcdef0`);
  }
  if (!severity.safeParse(it.severity).success) {
    throw new BadInput(`--severity ${it.severity}: it must be one of ${severity.options.join(', ')}`);
  }
  const { namespace, workload } = it;
  return {
    Source: ownSource,
    DetailType: ownDetailTypes.declared,
    Detail: JSON.stringify({
      cluster: it.cluster,
      nodes: it.node,
      severity: it.severity,
      reason: it.reason,
      declaredBy,
      ...(namespace === undefined ? {} : { namespace }),
      ...(workload === undefined ? {} : { workload }),
    }),
  };
}
