import { compromiseSettings } from '../../../runbooks/node-compromise';
import { readClusters, readFindings, readNodes } from '../../permissions';
import { textAt } from '../../triage/cloudtrail';
import { accountOf } from '../../triage/event';
import type { AnyReader } from '../../triage/reading';
import { byResource, type Category } from '../category';
import { factsOf } from './facts';
import { stateOfInstance } from './nodes';
import { reachOf } from './reach';
import { nodeCompromiseReader } from './reader';

/** A cluster or one of its nodes is, or may be, in other hands. */
export const nodeCompromise: Category = {
  id: 'node-compromise',
  reader: nodeCompromiseReader as AnyReader,
  permissions: [
    readClusters,
    readFindings,
    ...readNodes,
    { actions: ['eks:ListFargateProfiles', 'eks:DescribeFargateProfile'], on: ['*'] },
  ],
  /** A finding that is sent again is the same finding; what names no finding is told apart by what it is about. */
  correlation(event, reach) {
    const finding = event.source === 'aws.guardduty' ? textAt(event.detail, 'id', 'Id') : null;
    return finding === null
      ? { kind: event['detail-type'], about: byResource(reach) }
      : { finding, account: accountOf(event) };
  },
  reach: reachOf,
  facts: (context, dossier, reach, { plan }) =>
    factsOf(context, dossier, reach, compromiseSettings.parse(plan.settings)),
  state: async ({ aws }, { type, id }) => (type === 'AWS::EC2::Instance' ? stateOfInstance(aws, id) : null),
  baselineOf: async () => [],
};
