import * as z from 'zod';
import { contract } from '../contract';
import { putOwnEvents, readClusters, readPostures, useStore } from '../permissions';

export const lookForDrift = contract({
  id: 'look-for-drift',
  description:
    'Looks at every cluster and tells of what is not as the plan wants it: Config tells of a change only once',
  input: z.strictObject({
    /** Of this look: the same when it is tried again. */
    lookId: z.string(),
  }),
  output: z.strictObject({ told: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 300,
  permissions: [useStore, readClusters, readPostures, putOwnEvents],
});
