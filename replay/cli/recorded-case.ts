import * as z from 'zod';
import { isObject, type Json } from '../engine/json';
import { BadInput } from './bad-input';

/** What an integration did. `submitted` is its first answer, where it answers twice. */
const answer = z.object({
  output: z.unknown().optional(),
  error: z.string().nullish(),
  cause: z.unknown().optional(),
  never: z.boolean().optional(),
  submitted: z.unknown().optional(),
});

/** The events of a recording in which an integration speaks: all that is read of its history. */
const failed = z.object({ error: z.string().optional(), cause: z.unknown().optional() });
const taskEvent = z.object({
  taskFailedEventDetails: failed.optional(),
  lambdaFunctionFailedEventDetails: failed.optional(),
});

const shape = z.object({
  id: z.string(),
  definition: z.record(z.string(), z.unknown()),
  input: z.unknown().optional(),
  tasks: z.record(z.string(), z.array(answer)).default({}),
  history: z.array(taskEvent.catch({})).default([]),
});

/** One recorded execution: its definition and input, and what each state's integration answered, in order. */
export type Recorded = Omit<z.infer<typeof shape>, 'history'>;
export type Answer = z.infer<typeof answer>;

export function readCase(text: string, where: string): Recorded {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BadInput(`${where}: not JSON; each line is {"id", "definition", "input", "tasks"}`);
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadInput(
      `${where}: ${issue?.path.join('.')}: ${issue?.message}; each line is {"id", "definition", "input", "tasks"}`,
    );
  }
  const { history, ...it } = parsed.data;
  return { ...it, tasks: { ...it.tasks, ...untold(it, history) } };
}

/**
 * Recordings whose concurrent events were sorted come without `tasks`. Where there is one Task alone, what its integration
 * answered when it failed stands in those events; where there are several, nobody can tell them apart.
 */
function untold({ definition, tasks }: Recorded, history: readonly z.infer<typeof taskEvent>[]): Recorded['tasks'] {
  if (Object.keys(tasks).length > 0) return {};
  const [state, ...others] = taskStates(definition as Json);
  const answers = history.flatMap(
    (event) => event.taskFailedEventDetails ?? event.lambdaFunctionFailedEventDetails ?? [],
  );
  return state === undefined || others.length > 0 || answers.length === 0 ? {} : { [state]: answers };
}

/** The names of all Tasks in a definition, those of branches and iterations included. */
function taskStates(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => taskStates(item as Json));
  if (!isObject(value)) return [];
  const states = isObject(value['States']) ? Object.entries(value['States']) : [];
  return [
    ...states.filter(([, state]) => isObject(state) && state['Type'] === 'Task').map(([name]) => name),
    ...states.flatMap(([, state]) => (isObject(state) ? innerMachines(state).flatMap(taskStates) : [])),
  ];
}

function innerMachines(state: { readonly [field: string]: Json }): Json[] {
  return [state['Branches'], state['ItemProcessor'], state['Iterator']].filter((it) => it !== undefined);
}

export function hasFailed({ output, error, cause }: Answer): boolean {
  return output === undefined && (error !== undefined || cause !== undefined);
}

export function textIn(cause: unknown): string | undefined {
  if (cause === undefined || cause === null) return undefined;
  return typeof cause === 'string' ? cause : JSON.stringify(cause);
}
