import type { CategoryWorkflow } from './category';
import { clusterLifecycle } from './cluster-lifecycle';
import { endpointExposure } from './endpoint-exposure';
import { networkChange } from './network-change';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [clusterLifecycle, endpointExposure, networkChange];
