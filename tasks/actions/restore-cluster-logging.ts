import { loggingSetting, recordedLogging } from '../clusters/logging';
import { clusterTouchesOf } from '../clusters/touches';
import { readPrior } from '../network/prior';
import { clusterSettingAction } from './cluster-setting';

/**
 * Switches on again the control-plane logs that were on before the incident changed them. Where nobody knows which those were, the audit
 * and authenticator logs, without which nobody can say who did what. Logs that were switched on stay on.
 */
export const restoreClusterLogging = clusterSettingAction({
  id: 'restore-cluster-logging',
  description: 'Switches on again the control-plane logs that were on before',
  setting: loggingSetting,
  async wanted(context, dossier, name, now) {
    const changed = clusterTouchesOf(dossier).some(
      ({ cluster, settings, kind }) => cluster === name && kind === 'updated' && settings.includes('logging'),
    );
    if (!changed) return null;
    const first = dossier.events[0]?.time ?? dossier.openedAt;
    const prior = await readPrior(context, { type: 'AWS::EKS::Cluster', id: name }, first, recordedLogging);
    const stood = prior?.state.enabled ?? (['audit', 'authenticator'] as const);
    const enabled = [...new Set([...now.enabled, ...stood])].sort();
    return prior === null
      ? {
          state: { enabled },
          knownFrom: 'recommended-minimum',
          warnings: ['Which logs were on before is not known: these are the least that an investigation needs.'],
        }
      : { state: { enabled }, knownFrom: prior.from };
  },
});
