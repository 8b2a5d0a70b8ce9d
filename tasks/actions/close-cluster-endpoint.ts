import { endpointAction } from './endpoint-change';

/** Takes an endpoint off the internet. The nodes keep their way to it: private access goes on in the same call. */
export const closeClusterEndpoint = endpointAction({
  id: 'close-cluster-endpoint',
  description: 'Makes a cluster’s API endpoint private: public access off and private access on, in one update',
  wanted: async (_context, _dossier, _name, now) =>
    now.publicAccess
      ? {
          endpoint: { publicAccess: false, privateAccess: true, publicCidrs: [] },
          knownFrom: 'event',
          warnings: [],
        }
      : null,
});
