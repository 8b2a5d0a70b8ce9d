import * as z from 'zod';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

/** Known by name, so that whoever needs it in the night needs nothing else. */
export const decisionFunctionName = 'eks-incident-response-decisions';

/**
 * The only function that may answer a task token. It is called by Slack through its URL, by the command line and by the
 * clock; its output is an HTTP answer in every case.
 */
export const answerSlack = contract({
  id: 'answer-slack',
  description: 'Takes decisions: checks who decides, records once, then tells the machine',
  input: z.unknown(),
  output: z.strictObject({
    statusCode: z.number().int(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
  }),
  errors: [],
  // Slack is answered within three seconds by a limit of the handler's own; the clock's sweep may take longer.
  timeoutSeconds: 20,
  permissions: [
    useStore,
    ...tellResponders,
    { actions: ['states:SendTaskSuccess'], on: ['category-machines'] },
    { actions: ['states:StartExecution'], on: ['release-machine'] },
  ],
});
