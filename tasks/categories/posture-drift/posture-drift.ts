import { driftSettings } from '../../../runbooks/posture-drift';
import { readClusters, readNodes, readPostures } from '../../permissions';
import type { AnyReader } from '../../triage/reading';
import { byResource, type Category } from '../category';
import { stateOfInstance } from '../node-compromise/nodes';
import { factsOf } from './facts';
import { reachOf, readVolume } from './reach';
import { postureDriftReader } from './reader';

/** A cluster, its nodes or its images are not as they should be. */
export const postureDrift: Category = {
  id: 'posture-drift',
  reader: postureDriftReader as AnyReader,
  permissions: [readClusters, readPostures, ...readNodes, { actions: ['inspector2:GetClustersForImage'], on: ['*'] }],
  /** What is found about one resource belongs together; configuration and vulnerabilities are different people's work. */
  correlation: ({ source }, reach) => ({
    inspected: source === 'aws.inspector2',
    about: byResource(reach),
    names: reach.clusters.map(({ name }) => name),
  }),
  reach: reachOf,
  facts: (context, dossier, reach, { plan }) => factsOf(context, dossier, reach, driftSettings.parse(plan.settings)),
  async state({ aws }, { type, id }) {
    if (type === 'AWS::EC2::Instance') return stateOfInstance(aws, id);
    const volume = type === 'AWS::EC2::Volume' ? await readVolume(aws, id) : null;
    return volume === null ? null : { ...volume, tags: { ...volume.tags } };
  },
  baselineOf: async () => [],
};
