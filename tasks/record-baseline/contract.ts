import * as z from 'zod';
import { readCategories } from '../categories/registry';
import { contract } from '../contract';
import { readClusters, useStore } from '../permissions';

export const recordBaseline = contract({
  id: 'record-baseline',
  description: 'Records how the groups, network ACLs and interfaces of clusters stand: what later proposals restore',
  input: z.strictObject({
    /** Null: of every cluster of the account and Region. */
    incidentId: z.string().nullable(),
  }),
  output: z.strictObject({ recorded: z.number().int(), problems: z.array(z.string()) }),
  errors: [],
  timeoutSeconds: 300,
  permissions: [useStore, readClusters, ...readCategories],
});
