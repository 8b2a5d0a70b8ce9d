import * as z from 'zod';
import { observing } from './aws/observed-calls';
import type { Contract } from './contract';
import type { Deps } from './deps';
import { ContractBroken } from './errors';

/** A contract with the work that fulfils it. */
export interface Task<Needs = Deps> {
  readonly contract: Contract;
  /** Checks the input and the output against the contract. Throws `ContractBroken` where either does not fit. */
  readonly run: (input: unknown, deps: Needs) => Promise<unknown>;
}

export function defineTask<Input extends z.ZodType, Output extends z.ZodType, Needs = Deps>(
  contract: Contract<Input, Output>,
  work: (input: z.output<NoInfer<Input>>, deps: Needs) => Promise<z.output<NoInfer<Output>>>,
): Task<Needs> {
  return {
    contract,
    async run(input, deps) {
      return fits(
        contract.output,
        await observing(() => work(fits(contract.input, input, `${contract.id}’s input`), deps)),
        contract.id,
      );
    },
  };
}

/** A contract whose output a human's decision will send: the work only asks. */
export function defineQuestion<Input extends z.ZodType>(
  contract: Contract<Input>,
  ask: (input: z.output<Input>, deps: Deps) => Promise<void>,
): Task {
  return {
    contract,
    run: (input, deps) => observing(() => ask(fits(contract.input, input, `${contract.id}’s input`), deps)),
  };
}

function fits<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new ContractBroken(`${what} does not fit its contract: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}
