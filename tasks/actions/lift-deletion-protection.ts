import { protectionSetting } from '../clusters/protection';
import { clusterSettingAction } from './cluster-setting';

/** Lets EKS delete a cluster: what `delete-cluster` begins with where protection is on. */
export const liftDeletionProtection = clusterSettingAction({
  id: 'lift-deletion-protection',
  description: 'Switches a cluster’s deletion protection off, so that it can be deleted',
  setting: protectionSetting,
  wanted: async () => ({ state: { deletionProtection: false }, knownFrom: 'event' }),
});
