import { associateHostedZone, endpointSetting, recordedEndpoint } from '../clusters/endpoint';
import { readPrior } from '../network/prior';
import { clusterSettingAction } from './cluster-setting';

/** Gives an endpoint back what stood before the incident. Where nobody knows that, a private one is proposed. */
export const restoreClusterEndpoint = clusterSettingAction({
  id: 'restore-cluster-endpoint',
  description: 'Gives a cluster’s API endpoint back the access that it had before',
  setting: endpointSetting,
  alsoWrites: [associateHostedZone],
  async wanted(context, dossier, name, now) {
    const first = dossier.events[0]?.time ?? dossier.openedAt;
    const prior = await readPrior(context, { type: 'AWS::EKS::Cluster', id: name }, first, recordedEndpoint);
    if (prior !== null) return { state: prior.state, knownFrom: prior.from };
    if (!now.publicAccess && now.privateAccess) return null;
    return {
      state: { publicAccess: false, privateAccess: true, publicCidrs: [] },
      knownFrom: 'recommended-minimum',
      warnings: [
        'What stood before is not known: a private endpoint is what EKS recommends. Compare it with what you need.',
      ],
    };
  },
});
