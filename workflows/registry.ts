import type { CategoryWorkflow } from './category';
import { clusterLifecycle } from './cluster-lifecycle';
import { endpointExposure } from './endpoint-exposure';
import { networkChange } from './network-change';
import { nodeCompromise } from './node-compromise';
import { postureDrift } from './posture-drift';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [
  clusterLifecycle,
  endpointExposure,
  networkChange,
  nodeCompromise,
  postureDrift,
];
