import { AwsError } from '../aws-error';
import { type Commands, text } from '../command';

export const eksCommands: Commands = {
  ListClusters: {
    run({ state }, input) {
      const names = [...state.clusters.keys()];
      const start = typeof input['nextToken'] === 'string' ? Number(input['nextToken']) : 0;
      const size = typeof input['maxResults'] === 'number' ? input['maxResults'] : 100;
      const following = start + size;
      return {
        clusters: names.slice(start, following),
        ...(following < names.length ? { nextToken: String(following) } : {}),
      };
    },
  },

  DescribeCluster: {
    run({ state, description }, input) {
      const name = text(input, 'name');
      const it = state.clusters.get(name);
      if (it === undefined) throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`);
      return {
        cluster: {
          name: it.name,
          arn: it.arn,
          version: it.version,
          status: it.status,
          endpoint: `https://0123456789ABCDEF0123456789ABCDEF.gr7.${description.region}.eks.amazonaws.com`,
          resourcesVpcConfig: {
            vpcId: it.vpcId,
            subnetIds: [...it.subnetIds],
            clusterSecurityGroupId: it.clusterSecurityGroupId,
            securityGroupIds: [...it.securityGroupIds],
            endpointPublicAccess: it.endpointPublicAccess,
            endpointPrivateAccess: it.endpointPrivateAccess,
            publicAccessCidrs: [...it.publicAccessCidrs],
          },
          tags: { ...it.tags },
        },
      };
    },
  },
};
