import * as z from 'zod';
import { contract } from '../contract';
import type { Permission } from '../permission';
import { putOwnEvents, readClusters, readPostures, useStore } from '../permissions';

/** What breaks a rule, and which. */
const readStanding: Permission = {
  actions: ['config:DescribeComplianceByResource', 'config:GetComplianceDetailsByResource'],
  on: ['*'],
};

export const lookForDrift = contract({
  id: 'look-for-drift',
  description:
    'Looks at every cluster, and asks Config about groups and volumes, and tells of what stays wrong: Config tells of it once',
  input: z.strictObject({
    /** Of this look: the same when it is tried again. */
    lookId: z.string(),
  }),
  output: z.strictObject({ told: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 300,
  permissions: [useStore, readClusters, readPostures, readStanding, putOwnEvents],
});
