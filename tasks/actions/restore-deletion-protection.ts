import { protectionSetting } from '../clusters/protection';
import { recordedCluster } from '../clusters/recorded';
import { clusterTouchesOf } from '../clusters/touches';
import { clusterSettingAction } from './cluster-setting';

/** Switches deletion protection on again where the incident switched it off. */
export const restoreDeletionProtection = clusterSettingAction({
  id: 'restore-deletion-protection',
  description: 'Switches a cluster’s deletion protection on again where the incident switched it off',
  setting: protectionSetting,
  async wanted(context, dossier, name) {
    const change = clusterTouchesOf(dossier).find(
      ({ cluster, settings, kind }) =>
        cluster === name && kind === 'updated' && settings.includes('deletion-protection'),
    );
    if (change === undefined) return null;
    const prior = recordedCluster.safeParse(
      await context.baseline({ type: 'AWS::EKS::Cluster', id: name }, change.time),
    );
    const stood = prior.success ? prior.data.cluster.deletionProtection : undefined;
    // Where nobody recorded it, protection is what a cluster should have: it was on, or the call would have changed nothing.
    return stood === false
      ? null
      : { state: { deletionProtection: true }, knownFrom: stood === undefined ? 'event' : 'baseline' };
  },
});
