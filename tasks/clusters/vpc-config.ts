import * as z from 'zod';
import { type ClusterSetting, listParameter } from './setting';

const vpcConfig = z.strictObject({ groupIds: z.array(z.string()), subnetIds: z.array(z.string()) });
type VpcConfig = z.infer<typeof vpcConfig>;

/** The security groups and subnets of a control plane. */
export const vpcConfigSetting: ClusterSetting<VpcConfig> = {
  schema: vpcConfig,
  of: ({ resourcesVpcConfig }) => vpcConfigOf(resourcesVpcConfig ?? {}),
  updateType: 'VpcConfigUpdate',
  pending: (params, now) =>
    vpcConfigOf({
      securityGroupIds: listParameter(params.get('SecurityGroups') ?? params.get('SecurityGroupIds')) ?? now.groupIds,
      subnetIds: listParameter(params.get('Subnets') ?? params.get('SubnetIds')) ?? now.subnetIds,
    }),
  input: ({ groupIds, subnetIds }) => ({ resourcesVpcConfig: { securityGroupIds: groupIds, subnetIds } }),
  tell: ({ groupIds, subnetIds }) =>
    `control plane with ${groupIds.join(', ') || 'no group'} in ${subnetIds.join(', ')}`,
  effects: () => [],
};

function vpcConfigOf(described: {
  readonly securityGroupIds?: readonly string[] | undefined;
  readonly subnetIds?: readonly string[] | undefined;
}): VpcConfig {
  return {
    groupIds: [...(described.securityGroupIds ?? [])].sort(),
    subnetIds: [...(described.subnetIds ?? [])].sort(),
  };
}

/** What of a recorded cluster says which groups and subnets it had. */
export const recordedVpcConfig = z
  .looseObject({
    cluster: z.looseObject({
      resourcesVpcConfig: z.looseObject({
        securityGroupIds: z.array(z.string()).optional(),
        subnetIds: z.array(z.string()),
      }),
    }),
  })
  .transform(({ cluster }) => vpcConfigOf(cluster.resourcesVpcConfig));
