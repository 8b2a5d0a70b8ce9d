import {
  clusterTagKeys,
  clusterTagPrefix,
  endingStates,
  instanceCalls,
  scalingCalls,
} from '../runbooks/node-lifecycle';
import { type CategoryWorkflow, sevenDays } from './category';
import { callsOf } from './patterns';
import { storyOf } from './story';

const clusterTags = [...clusterTagKeys, { prefix: clusterTagPrefix }];

/** A worker node ends, begins, or is changed other than in its security groups. */
export const nodeLifecycle: CategoryWorkflow = {
  id: 'node-lifecycle',
  description: 'A worker node was ended, launched or changed',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      callsOf('ec2', {
        $or: [
          { eventName: instanceCalls },
          {
            eventName: ['ModifyInstanceAttribute'],
            // What sets groups is a change of the network.
            requestParameters: { groupSet: { items: { groupId: [{ exists: false }] } } },
          },
          {
            eventName: ['RunInstances'],
            requestParameters: { tagSpecificationSet: { items: { tags: { key: clusterTags } } } },
          },
          {
            eventName: ['RunInstances'],
            // The tags of a launch template are in the answer alone.
            responseElements: { instancesSet: { items: { tagSet: { items: { key: clusterTags } } } } },
          },
        ],
      }),
      callsOf('autoscaling', {
        $or: [
          { eventName: scalingCalls },
          // That an instance is well ends none.
          { eventName: ['SetInstanceHealth'], requestParameters: { healthStatus: ['Unhealthy'] } },
        ],
      }),
      {
        source: ['aws.ec2'],
        'detail-type': ['EC2 Instance State-change Notification'],
        detail: { state: endingStates },
      },
    ],
  },

  define(scope, functions, machines) {
    const story = storyOf('node-lifecycle', scope, functions);
    return story
      .triageAndSave()
      .next(story.gather())
      .next(story.attribute())
      .next(story.decide())
      .next(story.examineNodes(machines))
      .next(story.contain())
      .next(story.followNodes())
      .next(story.remediate())
      .next(story.close());
  },
};
