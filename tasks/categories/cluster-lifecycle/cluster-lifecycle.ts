import { clusterLifecycleSettings } from '../../../runbooks/cluster-lifecycle';
import { readClustersWhole } from '../../clusters/permissions';
import { clusterBaseline, readClusterState } from '../../clusters/state';
import { readVolumes } from '../../clusters/volumes';
import type { AnyReader } from '../../triage/reading';
import { byPrincipal, type Category } from '../category';
import { lifecycleEvidence } from './evidence';
import { factsOf } from './facts';
import { reachOf } from './reach';
import { clusterLifecycleReader } from './reader';

/** Clusters and what belongs to them: made, deleted, changed, and who is given access. */
export const clusterLifecycle: Category = {
  id: 'cluster-lifecycle',
  reader: clusterLifecycleReader as AnyReader,
  permissions: [readClustersWhole, readVolumes],
  correlation: byPrincipal,
  reach: reachOf,
  facts: (context, dossier, _reach, { plan }) =>
    factsOf(context, dossier, clusterLifecycleSettings.parse(plan.settings)),
  evidence: lifecycleEvidence,
  state: ({ aws }, target) => readClusterState(aws, target),
  baselineOf: clusterBaseline,
};
