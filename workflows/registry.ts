import type { CategoryWorkflow, Workflow } from './category';
import { networkChange } from './network-change';
import { nodeForensics } from './node-forensics';

/** Workflows that no event starts: others do, and responders. */
export const childWorkflows: readonly Workflow[] = [nodeForensics];

/** One workflow for each category. */
export const workflows: readonly CategoryWorkflow[] = [networkChange];
