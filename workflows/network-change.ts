import { controlPlaneCall, groupSettingCalls, networkChangeCalls } from '../runbooks/network-change';
import { type CategoryWorkflow, sevenDays } from './category';
import { callsOf, outOfCompliance } from './patterns';
import { storyOf } from './story';

/** A security group or network ACL of a cluster is changed, or what has them is. */
export const networkChange: CategoryWorkflow = {
  id: 'network-change',
  description: 'A security group or network ACL that a cluster depends on was changed',
  timeoutSeconds: sevenDays,

  pattern: {
    $or: [
      callsOf('ec2', {
        $or: [
          {
            eventName: networkChangeCalls,
          },
          {
            eventName: groupSettingCalls,
            requestParameters: { groupSet: { items: { groupId: [{ exists: true }] } } },
          },
        ],
      }),
      callsOf('eks', {
        eventName: [controlPlaneCall],
        requestParameters: {
          resourcesVpcConfig: {
            $or: [{ securityGroupIds: [{ exists: true }] }, { subnetIds: [{ exists: true }] }],
          },
        },
      }),
      outOfCompliance({ resourceType: ['AWS::EC2::SecurityGroup'] }),
    ],
  },

  define(scope, functions) {
    const story = storyOf('network-change', scope, functions);
    return story
      .triage()
      .next(story.gather())
      .next(story.decide())
      .next(story.contain())
      .next(story.remediate())
      .next(story.close());
  },
};
