import { recordedEndpoint } from '../clusters/endpoint';
import { readPrior } from '../network/prior';
import { endpointAction } from './endpoint-change';

/** Gives an endpoint back what stood before the incident. Where nobody knows that, a private one is proposed. */
export const restoreClusterEndpoint = endpointAction({
  id: 'restore-cluster-endpoint',
  description: 'Gives a cluster’s API endpoint back the access that it had before',
  async wanted(context, dossier, name, now) {
    const first = dossier.events[0]?.time ?? dossier.openedAt;
    const prior = await readPrior(context, { type: 'AWS::EKS::Cluster', id: name }, first, recordedEndpoint);
    if (prior !== null) return { endpoint: prior.state, knownFrom: prior.from, warnings: [] };
    if (!now.publicAccess && now.privateAccess) return null;
    return {
      endpoint: { publicAccess: false, privateAccess: true, publicCidrs: [] },
      knownFrom: 'recommended-minimum',
      warnings: [
        'What stood before is not known: a private endpoint is what EKS recommends. Compare it with what you need.',
      ],
    };
  },
});
