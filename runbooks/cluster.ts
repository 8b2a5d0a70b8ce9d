import * as z from 'zod';

/**
 * How a cluster stands, in EKS's words; `gone` where EKS knows none of that name, `unknown` where EKS says something that we
 * do not know, or may not be asked. https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
 */
export const clusterStatus = z.enum([
  'CREATING',
  'ACTIVE',
  'UPDATING',
  'DELETING',
  'FAILED',
  'PENDING',
  'gone',
  'unknown',
]);
export type ClusterStatus = z.infer<typeof clusterStatus>;
