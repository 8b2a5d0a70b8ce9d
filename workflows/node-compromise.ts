import { findingTypes, imageRuleNames } from '../runbooks/node-compromise';
import { ownDetailTypes, ownSource } from '../tasks/triage/event';
import { type CategoryWorkflow, sevenDays } from './category';
import { outOfCompliance } from './patterns';
import { storyOf } from './story';

const typeOf = findingTypes.targets.map((target) => ({ wildcard: `*:${target}/*` }));
const sequences = findingTypes.sequences.map((target) => ({ prefix: `AttackSequence:${target}/` }));

/** A cluster or one of its nodes is, or may be, in other hands. */
export const nodeCompromise: CategoryWorkflow = {
  id: 'node-compromise',
  description:
    'GuardDuty found something at a cluster or its node, a node runs an image that nobody approved, or a responder says so',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      {
        source: ['aws.guardduty'],
        'detail-type': ['GuardDuty Finding'],
        detail: {
          $or: [
            { type: typeOf, resource: { resourceType: findingTypes.resources } },
            { type: sequences },
            { service: { detection: { sequence: { resources: { resourceType: ['EKS_CLUSTER'] } } } } },
            // As GuardDuty's API writes findings, and as those pass them on who fetch them there.
            { Type: typeOf, Resource: { ResourceType: findingTypes.resources } },
            { Type: sequences },
            { Service: { Detection: { Sequence: { Resources: { ResourceType: ['EKS_CLUSTER'] } } } } },
          ],
        },
      },
      outOfCompliance({
        resourceType: ['AWS::EC2::Instance'],
        configRuleName: imageRuleNames.map((wildcard) => ({ wildcard })),
      }),
      { source: [ownSource], 'detail-type': [ownDetailTypes.declared] },
    ],
  },

  define(scope, functions, machines) {
    const story = storyOf('node-compromise', scope, functions);
    return story
      .triageAndExamineNodes(machines)
      .next(story.contain())
      .next(story.followNodes())
      .next(story.remediate())
      .next(story.close());
  },
};
