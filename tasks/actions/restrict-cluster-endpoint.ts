import { z } from 'zod';
import { isWithin } from '../network/addresses';
import { endpointAction } from './endpoint-change';

const settings = z.looseObject({ allowedCidrs: z.array(z.string()).default([]) });

/**
 * Lets in only those of an endpoint's networks that the plan allows, or all that the plan allows where none of them is
 * left; where the plan allows none, the endpoint is closed.
 */
export const restrictClusterEndpoint = endpointAction({
  id: 'restrict-cluster-endpoint',
  description: 'Restricts a cluster’s public API endpoint to the networks that the plan allows',
  async wanted(_context, dossier, _name, now) {
    if (!now.publicAccess) return null;
    const { allowedCidrs } = settings.parse(dossier.settings);
    const kept = now.publicCidrs.filter((cidr) => allowedCidrs.some((allowed) => isWithin(cidr, allowed)));
    const publicCidrs = [...(kept.length > 0 ? kept : allowedCidrs)].sort();
    // The nodes may come from an address that is no longer let in: they get their own way.
    return {
      endpoint: { publicAccess: publicCidrs.length > 0, privateAccess: true, publicCidrs },
      knownFrom: 'event',
      warnings: [],
    };
  },
});
