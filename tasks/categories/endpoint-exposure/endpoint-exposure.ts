import { endpointExposureSettings } from '../../../runbooks/endpoint-exposure';
import { readClustersWhole } from '../../clusters/permissions';
import { clusterBaseline, readClusterState } from '../../clusters/state';
import { readConfigHistory } from '../../permissions';
import type { AnyReader } from '../../triage/reading';
import type { Category } from '../category';
import { factsOf, readFindings } from './facts';
import { reachOf } from './reach';
import { endpointExposureReader } from './reader';

/** A cluster's API endpoint that is public, or lets more addresses in than before. */
export const endpointExposure: Category = {
  id: 'endpoint-exposure',
  reader: endpointExposureReader as AnyReader,
  permissions: [readClustersWhole, readConfigHistory, readFindings],
  // A cluster has one endpoint: whatever is done to it, and whoever does or finds it, is one incident.
  correlation: (_event, { clusters }) => clusters.map(({ name }) => name).sort(),
  reach: reachOf,
  facts: (context, dossier, _reach, { plan }) =>
    factsOf(context, dossier, endpointExposureSettings.parse(plan.settings)),
  state: ({ aws }, target) => readClusterState(aws, target),
  baselineOf: clusterBaseline,
};
