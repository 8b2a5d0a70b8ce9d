import { associateHostedZone, endpointSetting } from '../clusters/endpoint';
import { clusterSettingAction } from './cluster-setting';

/** Takes an endpoint off the internet. The nodes keep their way to it: private access goes on in the same call. */
export const closeClusterEndpoint = clusterSettingAction({
  id: 'close-cluster-endpoint',
  description: 'Makes a cluster’s API endpoint private: public access off and private access on, in one update',
  setting: endpointSetting,
  alsoWrites: [associateHostedZone],
  wanted: async (_context, _dossier, _name, now) =>
    now.publicAccess
      ? {
          state: { publicAccess: false, privateAccess: true, publicCidrs: [] },
          knownFrom: 'event',
        }
      : null,
});
