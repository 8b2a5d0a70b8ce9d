import { endpointRuleNames } from '../runbooks/endpoint-exposure';
import { type CategoryWorkflow, sevenDays } from './category';
import { callsOf, outOfCompliance } from './patterns';
import { storyOf } from './story';

/** A cluster's API endpoint becomes public, or lets more addresses in, or only public ones. */
export const endpointExposure: CategoryWorkflow = {
  id: 'endpoint-exposure',
  description: 'The API endpoint of a cluster is public, or lets more addresses in than before',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      callsOf('eks', {
        $or: [
          {
            eventName: ['CreateCluster'],
            // Absent means public.
            requestParameters: { resourcesVpcConfig: { endpointPublicAccess: [{ exists: false }, true] } },
          },
          {
            eventName: ['UpdateClusterConfig'],
            requestParameters: { resourcesVpcConfig: { endpointPublicAccess: [true] } },
          },
          {
            eventName: ['UpdateClusterConfig'],
            requestParameters: { resourcesVpcConfig: { endpointPrivateAccess: [false] } },
          },
          {
            eventName: ['UpdateClusterConfig'],
            requestParameters: {
              resourcesVpcConfig: { endpointPublicAccess: [{ exists: false }], publicAccessCidrs: [{ exists: true }] },
            },
          },
        ],
      }),
      outOfCompliance({
        resourceType: ['AWS::EKS::Cluster'],
        configRuleName: endpointRuleNames.map((wildcard) => ({ wildcard })),
      }),
    ],
  },

  define(scope, functions) {
    const story = storyOf('endpoint-exposure', scope, functions);
    return story
      .triage()
      .next(story.gather())
      .next(story.decide())
      .next(story.contain())
      .next(story.remediate())
      .next(story.close());
  },
};
