import type { Commands } from '../command';

export const inspectorCommands: Commands = {
  GetClustersForImage: {
    run({ description }, input) {
      const { resourceId } = (input['filter'] ?? {}) as { resourceId?: string };
      const { account, region, partition } = description;
      const seen = description.imagesInUse.filter(({ image }) => image === resourceId);
      const names = [...new Set(seen.map(({ cluster }) => cluster))];
      return {
        cluster: names.map((name) => ({
          clusterArn: `arn:${partition}:eks:${region}:${account}:cluster/${name}`,
          clusterDetails: seen
            .filter(({ cluster }) => cluster === name)
            .map(({ namespace, workload, running }) => ({
              runningUnitCount: running,
              stoppedUnitCount: 0,
              clusterMetadata: {
                awsEksMetadataDetails: { namespace, workloadInfoList: [{ name: workload, type: 'DEPLOYMENT' }] },
              },
            })),
        })),
      };
    },
  },
};
