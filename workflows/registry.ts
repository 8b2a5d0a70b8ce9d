import type { CategoryWorkflow } from './category';
import { endpointExposure } from './endpoint-exposure';
import { networkChange } from './network-change';

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [endpointExposure, networkChange];
