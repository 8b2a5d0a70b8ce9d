import { driftSettings } from '../../runbooks/posture-drift';
import { loggingSetting } from '../clusters/logging';
import { clusterSettingAction } from './cluster-setting';

/** Switches on the logs of the control plane that the plan wants. It costs what CloudWatch takes for them, and breaks nothing. */
export const enableControlPlaneLogging = clusterSettingAction({
  id: 'enable-control-plane-logging',
  description: 'Switches on the control-plane logs of a cluster that the plan wants and that are off',
  setting: loggingSetting,
  async wanted(_context, { settings }, _name, now) {
    const wanted = driftSettings.safeParse(settings).data?.logTypes ?? [];
    return { state: { enabled: [...new Set([...now.enabled, ...wanted])].sort() }, knownFrom: 'event' };
  },
});
