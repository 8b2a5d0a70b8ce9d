import type { CategoryWorkflow } from './category';
import { networkChange } from './network-change';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [networkChange];
