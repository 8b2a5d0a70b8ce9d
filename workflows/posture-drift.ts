import { endpointRuleNames } from '../runbooks/endpoint-exposure';
import { volumeRuleNames } from '../runbooks/posture-drift';
import { ownDetailTypes, ownSource } from '../tasks/triage/event';
import { type CategoryWorkflow, sevenDays } from './category';
import { outOfCompliance } from './patterns';
import { storyOf } from './story';

/** A cluster, its nodes or its images are not as they should be. */
export const postureDrift: CategoryWorkflow = {
  id: 'posture-drift',
  description: 'Config, Inspector or our own look found a cluster, a node or an image that is not as it should be',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      outOfCompliance({
        resourceType: ['AWS::EKS::Cluster'],
        configRuleName: [{ 'anything-but': { wildcard: endpointRuleNames } }],
      }),
      outOfCompliance({
        resourceType: ['AWS::EC2::Volume'],
        configRuleName: volumeRuleNames.map((wildcard) => ({ wildcard })),
      }),
      {
        source: ['aws.inspector2'],
        'detail-type': ['Inspector2 Finding'],
        detail: {
          status: ['ACTIVE'],
          type: ['PACKAGE_VULNERABILITY', 'NETWORK_REACHABILITY'],
          resources: { type: ['AWS_EC2_INSTANCE', 'AWS_ECR_CONTAINER_IMAGE'] },
        },
      },
      { source: [ownSource], 'detail-type': [ownDetailTypes.drift] },
    ],
  },

  define(scope, functions) {
    const story = storyOf('posture-drift', scope, functions);
    return story
      .triage()
      .next(story.gather())
      .next(story.decide())
      .next(story.contain())
      .next(story.remediate())
      .next(story.close());
  },
};
