import * as z from 'zod';
import { associateHostedZone, endpointSetting } from '../clusters/endpoint';
import { isWithin } from '../network/addresses';
import { clusterSettingAction } from './cluster-setting';

const settings = z.looseObject({ allowedCidrs: z.array(z.string()).default([]) });

/**
 * Lets in only those of an endpoint's networks that the plan allows, or all that the plan allows where none of them is
 * left; where the plan allows none, the endpoint is closed.
 */
export const restrictClusterEndpoint = clusterSettingAction({
  id: 'restrict-cluster-endpoint',
  description: 'Restricts a cluster’s public API endpoint to the networks that the plan allows',
  setting: endpointSetting,
  alsoWrites: [associateHostedZone],
  async wanted(_context, dossier, _name, now) {
    if (!now.publicAccess) return null;
    const { allowedCidrs } = settings.parse(dossier.settings);
    const kept = now.publicCidrs.filter((cidr) => allowedCidrs.some((allowed) => isWithin(cidr, allowed)));
    const publicCidrs = [...(kept.length > 0 ? kept : allowedCidrs)].sort();
    // The nodes may come from an address that is no longer let in: they get their own way.
    return {
      state: { publicAccess: publicCidrs.length > 0, privateAccess: true, publicCidrs },
      knownFrom: 'event',
    };
  },
});
