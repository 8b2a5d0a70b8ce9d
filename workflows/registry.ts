import type { CategoryWorkflow } from './category';
import { networkChange } from './network-change';
import { nodeLifecycle } from './node-lifecycle';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [networkChange, nodeLifecycle];
