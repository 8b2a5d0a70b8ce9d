import * as z from 'zod';

const part = z.looseObject({});

/** A cluster as it was recorded, whole: what a restoration begins with. Where a field is not there, nobody recorded it. */
export const recordedCluster = z.looseObject({
  cluster: z.looseObject({
    tags: z.record(z.string(), z.string()).default({}),
    deletionProtection: z.boolean().optional(),
  }),
  nodegroups: z.array(part).default([]),
  fargateProfiles: z.array(part).default([]),
  addons: z.array(part).default([]),
});
