import { ContractBroken } from '../errors';
import type { Permission } from '../permission';
import type { Category } from './category';
import { clusterLifecycle } from './cluster-lifecycle/cluster-lifecycle';
import { endpointExposure } from './endpoint-exposure/endpoint-exposure';
import { networkChange } from './network-change/network-change';
import { nodeCompromise } from './node-compromise/node-compromise';
import { nodeForensics } from './node-forensics/node-forensics';
import { nodeLifecycle } from './node-lifecycle/node-lifecycle';
import { postureDrift } from './posture-drift/posture-drift';

export const categories: readonly Category[] = [
  clusterLifecycle,
  endpointExposure,
  networkChange,
  nodeCompromise,
  nodeForensics,
  nodeLifecycle,
  postureDrift,
];

/** What carrying any incident may read. */
export const readCategories: readonly Permission[] = categories.flatMap(({ permissions }) => permissions);

/** What keeping the evidence of any category takes beyond that. */
export const collectEvidence: readonly Permission[] = categories.flatMap(({ evidence }) => evidence?.permissions ?? []);

export function categoryById(id: string): Category {
  const found = categories.find((category) => category.id === id);
  if (found === undefined) throw new ContractBroken(`there is no category ${id}`);
  return found;
}
