import { z } from 'zod';
import { contract } from '../contract';
import { tellResponders, useStore } from '../permissions';

/** The only function that may answer a task token. Its input is a function URL's request, its output the HTTP answer. */
export const answerSlack = contract({
  id: 'answer-slack',
  description: 'Takes decisions from Slack: checks who asks, records once, then tells the machine',
  input: z.unknown(),
  output: z.strictObject({
    statusCode: z.number().int(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
  }),
  errors: [],
  // Slack waits three seconds.
  timeoutSeconds: 3,
  permissions: [useStore, ...tellResponders, { actions: ['states:SendTaskSuccess'], on: ['category-machines'] }],
});
