import type { CategoryWorkflow } from './category';
import { networkChange } from './network-change';
import { nodeCompromise } from './node-compromise';
import { postureDrift } from './posture-drift';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [networkChange, nodeCompromise, postureDrift];
