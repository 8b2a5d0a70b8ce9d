import type { Permission } from '../permission';

/** Rights over clusters that several categories and actions share, each said once. */

export const readClustersWhole: Permission = {
  actions: [
    'eks:DescribeAccessEntry',
    'eks:DescribeAddon',
    'eks:DescribeCluster',
    'eks:DescribeFargateProfile',
    'eks:DescribeIdentityProviderConfig',
    'eks:DescribeNodegroup',
    'eks:DescribePodIdentityAssociation',
    'eks:DescribeUpdate',
    'eks:ListAccessEntries',
    'eks:ListAddons',
    'eks:ListAssociatedAccessPolicies',
    'eks:ListClusters',
    'eks:ListFargateProfiles',
    'eks:ListIdentityProviderConfigs',
    'eks:ListNodegroups',
    'eks:ListPodIdentityAssociations',
    'eks:ListUpdates',
  ],
  on: ['*'],
};

/** What may be done to one kind of EKS's resources: `cluster`, `nodegroup`, `fargateprofile`, `addon`, `access-entry`. */
export function writeCluster(kind: string, ...calls: readonly string[]): Permission {
  return {
    actions: calls.map((call) => `eks:${call}` as const),
    on: [`arn:\${Partition}:eks:\${Region}:\${Account}:${kind}/*`],
  };
}
