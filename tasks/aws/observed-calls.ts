import { AsyncLocalStorage } from 'node:async_hooks';
import type { EvidenceCall } from '../../runbooks/evidence';

/** An item of the chain holds 100 entries in 400 KB: of so many calls each may have room. */
const mostCalls = 20;

const observed = new AsyncLocalStorage<EvidenceCall[] | null>();

/** Runs work, and notes the calls that are made in it and in nothing around it: how evidence was had. */
export function observing<T>(work: () => Promise<T>): Promise<T> {
  return observed.run([], work);
}

/** As `observing`, for whoever needs to know the calls. */
export function withCalls<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly calls: EvidenceCall[] }> {
  return observing(async () => ({ value: await work(), calls: callsSoFar() }));
}

/** Runs work whose calls are no part of how anything was had, such as storing it. */
export function unobserved<T>(work: () => Promise<T>): Promise<T> {
  return observed.run(null, work);
}

export function noteCall(call: EvidenceCall): void {
  observed.getStore()?.push(call);
}

/**
 * The calls so far, each once, by their names: those that run beside each other have no order. Of more than an entry has
 * room for the rest is counted.
 */
export function callsSoFar(): EvidenceCall[] {
  const all = observed.getStore() ?? [];
  const distinct = [...new Map(all.map((it) => [`${it.call} ${it.requestId}`, it])).values()];
  const sorted = distinct.sort((a, b) => (a.call < b.call ? -1 : a.call > b.call ? 1 : 0));
  if (sorted.length <= mostCalls) return sorted;
  const rest = sorted.length - (mostCalls - 1);
  return [...sorted.slice(0, mostCalls - 1), { call: `and ${rest} more`, requestId: null }];
}

interface Client {
  readonly config: { readonly defaultSigningName?: string };
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<{ output: { $metadata?: { requestId?: string } } }>,
        context: { readonly commandName?: string },
      ) => (args: never) => Promise<unknown>,
      options: { step: 'initialize'; priority: 'high'; name: string },
    ): void;
  };
}

/** Has a client of the SDK note its calls as IAM names them, such as `ec2:DescribeInstances`, with AWS's ids of the requests. */
export function observe<T>(client: T): T {
  const { config, middlewareStack } = client as Client;
  middlewareStack.add(
    (next, context) => async (args) => {
      const call = `${config.defaultSigningName}:${context.commandName?.replace(/Command$/, '')}`;
      try {
        const answer = await next(args);
        noteCall({ call, requestId: answer.output.$metadata?.requestId ?? null });
        return answer;
      } catch (error) {
        noteCall({ call, requestId: requestIdOf(error) });
        throw error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'observed-calls' },
  );
  return client;
}

function requestIdOf(error: unknown): string | null {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: string } };
  return $metadata?.requestId ?? null;
}
