import type { Json } from '../engine/json';

export const peerName = 'aws-local-stepfunctions 3.0.0';

/** Runs a JSONPath chain on the best package that there is. It needs a method that Node has from version 22 on. */
export async function peerChain(definition: object): Promise<(input: Json) => Promise<void>> {
  if (!('withResolvers' in Promise)) Object.defineProperty(Promise, 'withResolvers', { value: withResolvers });
  const { StateMachine } = await import('aws-local-stepfunctions');
  const machine = new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0]);
  return async (input) => {
    await machine.run(input as Parameters<typeof machine.run>[0]).result;
  };
}

function withResolvers<T>() {
  let resolve: (value: T | PromiseLike<T>) => void = () => {};
  let reject: (reason?: unknown) => void = () => {};
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
