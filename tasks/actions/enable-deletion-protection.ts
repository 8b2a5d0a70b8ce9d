import { protectionSetting, unprotectedClusters } from '../clusters/protection';
import { clusterTouchesOf } from '../clusters/touches';
import { clusterSettingAction } from './cluster-setting';

/**
 * Makes EKS refuse to delete clusters: those of the incident, and where somebody deleted a cluster or tried to, every other
 * of the account and Region too. It harms nothing that runs.
 */
export const enableDeletionProtection = clusterSettingAction({
  id: 'enable-deletion-protection',
  description:
    'Switches deletion protection on: for the clusters concerned, and after a deletion for all others as well',
  setting: protectionSetting,
  async clusters({ aws }, dossier) {
    const deletion = clusterTouchesOf(dossier).some(
      ({ resource, kind, attempt }) => (resource === 'cluster' && kind === 'deleted') || attempt === 'DeleteCluster',
    );
    return deletion ? unprotectedClusters(aws.eks) : dossier.clusters.map(({ name }) => name);
  },
  wanted: async () => ({ state: { deletionProtection: true }, knownFrom: 'event' }),
});
