import type { CategoryWorkflow, Workflow } from './category';
import { clusterLifecycle } from './cluster-lifecycle';
import { endpointExposure } from './endpoint-exposure';
import { networkChange } from './network-change';
import { nodeCompromise } from './node-compromise';
import { nodeForensics } from './node-forensics';
import { nodeLifecycle } from './node-lifecycle';
import { postureDrift } from './posture-drift';

/** Workflows that no event starts: others do, and responders. */
export const childWorkflows: readonly Workflow[] = [nodeForensics];

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [
  clusterLifecycle,
  endpointExposure,
  networkChange,
  nodeCompromise,
  nodeLifecycle,
  postureDrift,
];
