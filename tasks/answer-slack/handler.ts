import * as z from 'zod';
import { defineTask } from '../define-task';
import { readRequest } from '../slack/interaction';
import { answerSlack } from './contract';
import type { DecisionDeps } from './deps';
import { commandLineRequest, fromCommandLine } from './from-command-line';
import { fromSlack } from './from-slack';
import { decisionDeps } from './runtime';
import { sweep } from './sweep';

const clock = z.strictObject({ kind: z.literal('sweep') });

/**
 * By the URL come Lambda's own request events, whatever somebody sends; the other two can only be sent by whoever may
 * invoke the function.
 */
export const task = defineTask(answerSlack, async (event, deps: DecisionDeps) => {
  const request = readRequest(event);
  if (request !== null) return fromSlack(request, deps);
  if (clock.safeParse(event).success) return { statusCode: 200, body: JSON.stringify(await sweep(deps)) };
  const command = commandLineRequest.safeParse(event);
  return command.success ? fromCommandLine(command.data, deps) : { statusCode: 400 };
});

let deps: DecisionDeps | undefined;

/** The task as a Lambda function. What it works with is made at the first call and kept for the next ones. */
export async function handler(input: unknown): Promise<unknown> {
  deps ??= decisionDeps(process.env);
  return task.run(input, deps);
}
